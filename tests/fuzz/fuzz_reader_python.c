// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what reads the structures of CPython: the first byte is its minor version, the rest its
 * memory from _PyRuntime on. Pointers in it are addresses from RUNTIME on.
 */
#include <elf.h>
#include <string.h>

#include "collect/runtimes/python_layout.h"
#include "reader_world.h"

#define RUNTIME 0x10000
#define FRAMES 16

static const char maps[] = "00010000-00100000 rw-p 00000000 08:01 11 /usr/lib/libpython3.so\n";

/* A library that defines _PyRuntime at its first byte. */
static const struct {
	Elf64_Ehdr head;
	Elf64_Phdr load;
	Elf64_Shdr sections[3];
	Elf64_Sym symbols[2];
	char names[40];
} library = {
	.head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		  .e_type = ET_DYN,
		  .e_machine = EM_X86_64,
		  .e_version = EV_CURRENT,
		  .e_phoff = sizeof(Elf64_Ehdr),
		  .e_shoff = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		  .e_ehsize = sizeof(Elf64_Ehdr),
		  .e_phentsize = sizeof(Elf64_Phdr),
		  .e_phnum = 1,
		  .e_shentsize = sizeof(Elf64_Shdr),
		  .e_shnum = 3,
		  .e_shstrndx = 2 },
	.load = { .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 4096, .p_memsz = 4096 },
	.sections = { [1] = { .sh_name = 12,
			      .sh_type = SHT_DYNSYM,
			      .sh_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) +
					   3 * sizeof(Elf64_Shdr),
			      .sh_size = 2 * sizeof(Elf64_Sym),
			      .sh_link = 2,
			      .sh_entsize = sizeof(Elf64_Sym),
			      .sh_addralign = 8 },
		      [2] = { .sh_name = 20,
			      .sh_type = SHT_STRTAB,
			      .sh_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) +
					   3 * sizeof(Elf64_Shdr) + 2 * sizeof(Elf64_Sym),
			      .sh_size = 40,
			      .sh_addralign = 1 } },
	/* a value of 0 would be none */
	.symbols = { [1] = { .st_name = 1, .st_shndx = 1, .st_value = 16, .st_size = 8 } },
	.names = "\0_PyRuntime\0.dynsym\0.shstrtab",
};

static void read_frames(const struct python_layout *layout)
{
	struct reader_wait_stack wait = { .layout = { .kind = LAYOUT_PYTHON, .python = *layout } };
	struct reader_stack stack = { .task = WORLD_PID,
				      .layout = { .kind = LAYOUT_PYTHON, .python = *layout } };
	struct frame_place place;
	struct python_frame frame;
	size_t i;

	wait.look.tgid = wait.look.tid = wait.look.own_tid = WORLD_PID;
	wait.look.thread_pointer = RUNTIME;
	world_ask(READER_WAIT_STACK, &wait, sizeof(wait));
	stack.event.tgid = WORLD_PID;
	stack.event.frame_count = FRAMES < WIRE_FRAMES ? FRAMES : WIRE_FRAMES;
	for (i = 0; i < FRAMES && (i + 1) * sizeof(frame) <= world.memory.size; i++) {
		memcpy(&frame, (const char *)world.memory.start + i * sizeof(frame), sizeof(frame));
		if (python_place_find(WORLD_PID, layout, &frame, &place))
			MUST(memchr(place.file, 0, sizeof(place.file)) &&
			     memchr(place.function, 0, sizeof(place.function)));
	}
	world_ask(READER_STACK, &stack, sizeof(stack));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct python_layout layout;

	if (!size)
		return 0;
	world = (struct world){ .maps = { maps, sizeof(maps) - 1 },
				.file = { &library, sizeof(library) },
				.memory = { data + 1, size - 1 },
				.memory_at = RUNTIME };
	world_ask_all(RUNTIME);
	if (python_layout_find(WORLD_PID, RUNTIME, 8 + data[0] % 8, &layout))
		read_frames(&layout);
	return 0;
}
