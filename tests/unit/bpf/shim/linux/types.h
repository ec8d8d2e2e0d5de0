/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmlinux.h has these types already. */
#ifndef __VMLINUX_H__
#include_next <linux/types.h>
#endif
