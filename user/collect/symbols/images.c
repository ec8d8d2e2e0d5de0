// SPDX-License-Identifier: GPL-2.0-or-later
/* A cache of images by PID, each refreshed after a while, since libraries come and go. */
#include "collect/symbols/images.h"

#include <string.h>

#define IMAGE_AGE_NS 2000000000ULL

/* Reads how the process is mapped, and takes an image that is there already where one is alike. */
static struct image *open_or_share(const struct images *images, uint32_t pid)
{
	struct image *image = image_open((pid_t)pid), *other;
	size_t i;

	for (i = 0; image && i < IMAGES_KEPT; i++) {
		other = images->open[i].image;
		if (!other || !image_is_alike(image, other))
			continue;
		image_close(image);
		return image_share(other);
	}
	return image;
}

struct image *images_get(struct images *images, uint32_t pid, uint64_t process_start_ns,
			 uint64_t now)
{
	struct open_image *slot, *oldest = &images->open[0];
	struct image *image;
	size_t i;

	for (i = 0; i < IMAGES_KEPT; i++) {
		slot = &images->open[i];
		if (slot->opened_ns < oldest->opened_ns)
			oldest = slot;
		if (slot->pid == pid && slot->process_start_ns == process_start_ns) {
			oldest = slot;
			if (slot->image)
				image_use(slot->image, (pid_t)pid);
			if (now - slot->opened_ns < IMAGE_AGE_NS)
				return slot->image;
			if (slot->image && image_refresh(slot->image)) {
				slot->opened_ns = now;
				return slot->image;
			}
			break;
		}
	}
	image = open_or_share(images, pid);
	image_close(oldest->image);
	oldest->pid = pid;
	oldest->process_start_ns = process_start_ns;
	oldest->opened_ns = now;
	oldest->image = image;
	if (image)
		image_use(image, (pid_t)pid);
	return image;
}

void images_forget(struct images *images, uint32_t pid, uint64_t process_start_ns)
{
	size_t i;

	for (i = 0; i < IMAGES_KEPT; i++) {
		struct open_image *slot = &images->open[i];

		if (slot->pid != pid || slot->process_start_ns != process_start_ns)
			continue;
		image_close(slot->image);
		memset(slot, 0, sizeof(*slot));
	}
}

bool images_drop_oldest(struct images *images)
{
	struct open_image *oldest = NULL, *slot;
	size_t count = 0;

	for (slot = images->open; slot < images->open + IMAGES_KEPT; slot++) {
		if (!slot->image)
			continue;
		count++;
		if (!oldest || slot->opened_ns < oldest->opened_ns)
			oldest = slot;
	}
	if (count < 2)
		return false;
	image_close(oldest->image);
	memset(oldest, 0, sizeof(*oldest));
	return true;
}

void images_free(struct images *images)
{
	size_t i;

	for (i = 0; i < IMAGES_KEPT; i++)
		image_close(images->open[i].image);
	memset(images, 0, sizeof(*images));
}
