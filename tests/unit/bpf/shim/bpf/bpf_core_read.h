/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CO-RE reads on the host: fields are where vmlinux.h has them. */
#ifndef BOUNDBY_SHIM_BPF_CORE_READ_H
#define BOUNDBY_SHIM_BPF_CORE_READ_H

#include <bpf/bpf_helpers.h>

#include_next <bpf/bpf_core_read.h>

#undef bpf_core_field_offset
#undef bpf_core_type_size
#undef BPF_CORE_READ_BITFIELD_PROBED
#undef bpf_core_field_exists
#undef bpf_core_type_exists
#define shim_offset(_1, _2, name, ...) name
#define shim_offset_of_field(type, field) __builtin_offsetof(type, field)
#define shim_offset_of_path(path) ((unsigned long)&(path))
#define bpf_core_field_offset(field...) \
	shim_offset(field, shim_offset_of_field, shim_offset_of_path)(field)
#define bpf_core_type_size(type) sizeof(type)
#define BPF_CORE_READ_BITFIELD_PROBED(object, field) ((object)->field)
#define bpf_core_field_exists(field...) 1
#define bpf_core_type_exists(type) 1

#endif
