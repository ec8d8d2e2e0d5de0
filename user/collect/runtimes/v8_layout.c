// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds offsets by the v8dbg_ symbols of the binary, and by a table by version. */
#include "collect/runtimes/v8_layout.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/reader/mapped_file.h"
#include "collect/reader/memory.h"
#include "collect/symbols/elf_file.h"

#define SYMBOL_SCAN_MAX 2000000 /* of all sections */
#define MAPS_MOST 20000 /* lines */
#define TAGGED_BYTES 8 /* no pointer compression */
#define OFFSET_MAX 4096 /* what is further in is none */

/* ---- what the binary says ---------------------------------------------------------------------- */
enum symbol {
	MAJOR,
	MINOR,
	ISOLATE,
	ISOLATE_KEY,
	SIZES,
	TAGGED,
	NO_STRING,
	MAP_TYPE,
	INFO_TYPE,
	SCOPE_TYPE,
	SCRIPT_TYPE,
	BYTES_TYPE,
	TRUSTED_TYPE,
	BYTECODES_TYPE,
	CODE_TYPE,
	INSTRUCTIONS_TYPE,
	FUNCTION_INFO,
	INFO_NAME,
	INFO_SCRIPT,
	SCOPE_LOCALS,
	SCOPE_FIRST,
	SCRIPT_NAME,
	NR_SYMBOLS,
};

/* Names differ by version, with the type of a member; several can be of one symbol. */
static const struct {
	enum symbol symbol;
	const char *name;
} names[] = {
	{ MAJOR, "_ZN2v88internal7Version6major_E" },
	{ MINOR, "_ZN2v88internal7Version6minor_E" },
	{ ISOLATE, "_ZN2v88internal18g_current_isolate_E" },
	{ ISOLATE_KEY, "_ZN2v88internal7Isolate12isolate_key_E" },
	{ SIZES, "_ZN2v88internal11interpreter9Bytecodes14kBytecodeSizesE" },
	{ TAGGED, "v8dbg_TaggedSize" },
	{ NO_STRING, "v8dbg_IsNotStringMask" },
	{ MAP_TYPE, "v8dbg_type_Map__MAP_TYPE" },
	{ INFO_TYPE, "v8dbg_type_SharedFunctionInfo__SHARED_FUNCTION_INFO_TYPE" },
	{ SCOPE_TYPE, "v8dbg_type_ScopeInfo__SCOPE_INFO_TYPE" },
	{ SCRIPT_TYPE, "v8dbg_type_Script__SCRIPT_TYPE" },
	{ BYTES_TYPE, "v8dbg_type_ByteArray__BYTE_ARRAY_TYPE" },
	{ TRUSTED_TYPE, "v8dbg_type_TrustedByteArray__TRUSTED_BYTE_ARRAY_TYPE" },
	{ BYTECODES_TYPE, "v8dbg_type_BytecodeArray__BYTECODE_ARRAY_TYPE" },
	{ CODE_TYPE, "v8dbg_type_Code__CODE_TYPE" },
	{ INSTRUCTIONS_TYPE, "v8dbg_type_InstructionStream__INSTRUCTION_STREAM_TYPE" },
	{ FUNCTION_INFO, "v8dbg_class_JSFunction__shared__SharedFunctionInfo" },
	{ INFO_NAME, "v8dbg_class_SharedFunctionInfo__name_or_scope_info__Object" },
	{ INFO_NAME, "v8dbg_class_SharedFunctionInfo__name_or_scope_info__Tagged_Object_" },
	{ INFO_NAME,
	  "v8dbg_class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_" },
	{ INFO_SCRIPT, "v8dbg_class_SharedFunctionInfo__script_or_debug_info__HeapObject" },
	{ INFO_SCRIPT, "v8dbg_class_SharedFunctionInfo__script__Tagged_HeapObject_" },
	{ SCOPE_LOCALS, "v8dbg_scopeinfo_idx_ncontextlocals" },
	{ SCOPE_FIRST, "v8dbg_scopeinfo_idx_first_vars" },
	{ SCRIPT_NAME, "v8dbg_class_Script__name__Object" },
};

/* Those that not every version has. */
#define OPTIONAL                                                                \
	(1U << ISOLATE | 1U << ISOLATE_KEY | 1U << SIZES | 1U << TRUSTED_TYPE | \
	 1U << INSTRUCTIONS_TYPE)

struct v8_file {
	uint64_t value[NR_SYMBOLS];
	uint64_t sizes_bytes; /* of the table of bytecode sizes */
	uint32_t found; /* a bit for each symbol */
	uint64_t base; /* address that the file's start is linked at; ET_EXEC: unused */
	uint64_t tls_bytes; /* from its thread-local variables to the thread pointer, if it is the program */
	bool fixed; /* ET_EXEC: symbols are addresses */
};

static void take_symbol(const char *name, const GElf_Sym *symbol, struct v8_file *ret)
{
	size_t i;

	if (strncmp(name, "v8dbg_", 6) && strncmp(name, "_ZN2v88internal", 15))
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name))
			continue;
		ret->value[names[i].symbol] = symbol->st_value;
		ret->found |= 1U << names[i].symbol;
		if (names[i].symbol == SIZES)
			ret->sizes_bytes = symbol->st_size;
		return;
	}
}

static void scan_symbols(Elf *elf, GElf_Word type, size_t *scanned, struct v8_file *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Sym symbol;
	const char *name;
	size_t count, i;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != type || !header.sh_entsize)
			continue;
		count = header.sh_size / header.sh_entsize;
		data = elf_getdata(section, NULL);
		for (i = 0; data && i < count && ++*scanned < SYMBOL_SCAN_MAX; i++) {
			if (!gelf_getsym(data, (int)i, &symbol))
				break;
			name = symbol.st_shndx == SHN_UNDEF ?
				       NULL :
				       elf_strptr(elf, header.sh_link, symbol.st_name);
			if (name)
				take_symbol(name, &symbol, ret);
		}
	}
}

/* Variant II of the ELF TLS ABI: the program's own variables end at the thread pointer. */
static uint64_t tls_bytes(const GElf_Phdr *segment)
{
	uint64_t align = segment->p_align ? segment->p_align : 1;

	return (segment->p_memsz + align - 1) / align * align;
}

static void read_segments(Elf *elf, struct v8_file *ret)
{
	GElf_Phdr segment;
	bool first = true;
	size_t count, i;

	if (elf_getphdrnum(elf, &count))
		return;
	for (i = 0; i < count && i < INT_MAX; i++) {
		if (!gelf_getphdr(elf, (int)i, &segment))
			continue;
		if (segment.p_type == PT_TLS)
			ret->tls_bytes = tls_bytes(&segment);
		if (segment.p_type != PT_LOAD || !first)
			continue;
		ret->base = segment.p_vaddr - segment.p_offset;
		first = false;
	}
}

/* True when the file is a V8 that says what it takes. */
static bool read_file(int fd, struct v8_file *ret)
{
	Elf *elf = elf_file_open(fd, false);
	size_t scanned = 0;
	GElf_Ehdr header;

	memset(ret, 0, sizeof(*ret));
	if (elf && gelf_getclass(elf) == ELFCLASS64 && gelf_getehdr(elf, &header)) {
		ret->fixed = header.e_type == ET_EXEC;
		read_segments(elf, ret);
		scan_symbols(elf, SHT_DYNSYM, &scanned, ret);
		if (ret->found & 1U << MAJOR &&
		    (!(ret->found & 1U << SIZES) ||
		     !(ret->found & (1U << ISOLATE | 1U << ISOLATE_KEY))))
			scan_symbols(elf, SHT_SYMTAB, &scanned, ret);
	}
	elf_end(elf);
	return (ret->found | OPTIONAL) == (1U << NR_SYMBOLS) - 1;
}

/* ---- what it does not say ---------------------------------------------------------------------- */
/* Confirmed on living programs: Node 16, 18, 20, 22, 24. */
static const struct version {
	__u32 major, minor;
	__u32 entry; /* v8_roots.entry */
	__u32 bytecodes_positions, bytecodes_first;
	__u32 code_deoptimization, code_positions, code_start, code_size, code_flags;
	__u32 kind_baseline, literals, own_info, inlinings, own_info_wrapped;
} versions[] = {
	{ 9, 4, 0x36b8, 32, 54, 16, 24, 96, 40, 48, 11, 2, 6, 7, 0 },
	{ 10, 2, 0x4538, 32, 56, 16, 24, 128, 40, 48, 11, 2, 6, 7, 0 },
	{ 11, 3, 0x180, 32, 54, 16, 24, 40, 56, 48, 11, 2, 6, 7, 0 },
	{ 12, 4, 0x110, 24, 64, 8, 16, 40, 52, 48, 10, 2, 6, 7, 0 },
	{ 13, 6, 0x140, 24, 64, 8, 16, 40, 56, 52, 10, 3, 7, 8, 8 },
};
#define FIRST_WITH_STREAMS 11 /* instructions are apart from Code */

static const struct version *version_of(__u32 major, __u32 minor)
{
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].major == major && versions[i].minor == minor)
			return &versions[i];
	return NULL;
}

static void fill_version(const struct version *version, struct v8_layout *ret)
{
	ret->roots.entry = version->entry;
	ret->bytecodes_positions = version->bytecodes_positions;
	ret->bytecodes_first = version->bytecodes_first;
	ret->code_deoptimization = version->code_deoptimization;
	ret->code_positions = version->code_positions;
	ret->code_start = version->code_start;
	ret->code_size = version->code_size;
	ret->code_flags = version->code_flags;
	ret->kind_baseline = version->kind_baseline;
	ret->literals = version->literals;
	ret->own_info = version->own_info;
	ret->inlinings = version->inlinings;
	ret->own_info_wrapped = version->own_info_wrapped;
	ret->code_start_inside = version->major < FIRST_WITH_STREAMS;
	ret->instructions_code = version->major < FIRST_WITH_STREAMS ? 0 : 8;
	ret->info_data = 8;
	ret->script_line_offset = 24;
	ret->script_id = 64;
}

/* ---- both -------------------------------------------------------------------------------------- */
static __u32 constant(pid_t pid, uint64_t bias, const struct v8_file *file, enum symbol symbol)
{
	__u32 value = 0;

	return file->found & 1U << symbol &&
			       memory_read(pid, bias + file->value[symbol], &value, sizeof(value)) ?
		       value :
		       0;
}

static void read_constants(pid_t pid, uint64_t bias, const struct v8_file *file,
			   struct v8_layout *ret)
{
	const struct {
		__u32 *to;
		enum symbol symbol;
	} members[] = {
		{ &ret->map_type, MAP_TYPE },
		{ &ret->function_info, INFO_TYPE },
		{ &ret->scope_info, SCOPE_TYPE },
		{ &ret->script, SCRIPT_TYPE },
		{ &ret->byte_array, BYTES_TYPE },
		{ &ret->trusted_byte_array, TRUSTED_TYPE },
		{ &ret->bytecode_array, BYTECODES_TYPE },
		{ &ret->code, CODE_TYPE },
		{ &ret->instructions, INSTRUCTIONS_TYPE },
		{ &ret->roots.shared, FUNCTION_INFO },
		{ &ret->info_name, INFO_NAME },
		{ &ret->info_script, INFO_SCRIPT },
		{ &ret->scope_locals, SCOPE_LOCALS },
		{ &ret->scope_first, SCOPE_FIRST },
		{ &ret->script_name, SCRIPT_NAME },
	};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].to = constant(pid, bias, file, members[i].symbol);
	ret->first_no_string = 0U - constant(pid, bias, file, NO_STRING);
	ret->script_source = ret->script_name - 8;
	if (!(file->found & 1U << TRUSTED_TYPE))
		ret->trusted_byte_array = ret->byte_array;
	if (!(file->found & 1U << INSTRUCTIONS_TYPE))
		ret->instructions = ret->code;
}

static void read_sizes(pid_t pid, uint64_t bias, const struct v8_file *file, struct v8_layout *ret)
{
	if (file->found & 1U << SIZES && file->sizes_bytes <= V8_BYTECODE_SIZES &&
	    file->sizes_bytes % 3 == 0 &&
	    memory_read(pid, bias + file->value[SIZES], ret->bytecode_sizes, file->sizes_bytes))
		ret->bytecode_count = (__u32)file->sizes_bytes / 3;
}

/* Where threads have their isolate. A library's thread-local variables may be anywhere. */
static bool find_isolates(uint64_t bias, const struct v8_file *file, bool program,
			  struct v8_roots *ret)
{
	if (file->found & 1U << ISOLATE && program && file->tls_bytes < 1 << 20) {
		ret->isolate_at = (__s64)(file->value[ISOLATE] - file->tls_bytes);
		return true;
	}
	if (file->found & 1U << ISOLATE_KEY)
		ret->isolate_key = bias + file->value[ISOLATE_KEY];
	return ret->isolate_key;
}

static bool is_sane(const struct v8_layout *layout)
{
	return layout->roots.shared < OFFSET_MAX && layout->info_name < OFFSET_MAX &&
	       layout->info_script < OFFSET_MAX && layout->scope_locals < OFFSET_MAX &&
	       layout->scope_first < OFFSET_MAX && layout->script_name < OFFSET_MAX &&
	       layout->script_name >= 8 && layout->first_no_string <= OFFSET_MAX;
}

static bool fill(pid_t pid, uint64_t bias, const struct v8_file *file, bool program,
		 struct v8_layout *ret)
{
	const struct version *version;

	ret->major = constant(pid, bias, file, MAJOR);
	ret->minor = constant(pid, bias, file, MINOR);
	version = version_of(ret->major, ret->minor);
	if (!version || constant(pid, bias, file, TAGGED) != TAGGED_BYTES ||
	    !find_isolates(bias, file, program, &ret->roots))
		return false;
	fill_version(version, ret);
	read_constants(pid, bias, file, ret);
	read_sizes(pid, bias, file, ret);
	return is_sane(ret);
}

static bool is_candidate(const char *path, const char *exe)
{
	const char *name = strrchr(path, '/');

	return !strcmp(path, exe) || (name && !strncmp(name, "/libnode.so", 11));
}

/* One line of maps: true when that was V8, and *ret is filled or left out of what is known. */
static bool look_at(pid_t pid, const char *line, const char *exe, struct v8_layout *ret,
		    bool *ret_known)
{
	char path[64], name[PATH_MAX];
	unsigned long start, end, offset;
	struct v8_file file;
	bool found;
	int fd;

	if (sscanf(line, "%lx-%lx %*4s %lx %*x:%*x %*u %4095[^\n]", &start, &end, &offset, name) !=
		    4 ||
	    name[0] != '/' || offset || !is_candidate(name, exe))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)pid, start, end);
	fd = mapped_file_open(path);
	if (fd < 0)
		return false;
	found = read_file(fd, &file);
	close(fd);
	if (found)
		*ret_known = fill(pid, file.fixed ? 0 : start - file.base, &file,
				  !strcmp(name, exe), ret);
	return found;
}

bool v8_layout_find(pid_t pid, struct v8_layout *ret)
{
	char path[64], line[PATH_MAX + 128], exe[PATH_MAX] = "";
	bool known = false;
	ssize_t length;
	FILE *maps;
	int lines;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, exe, sizeof(exe) - 1);
	exe[length > 0 ? length : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = files_open_proc(path);
	for (lines = 0; maps && lines < MAPS_MOST && fgets(line, sizeof(line), maps); lines++)
		if (look_at(pid, line, exe, ret, &known))
			break;
	if (maps)
		fclose(maps);
	if (!known)
		memset(ret, 0, sizeof(*ret));
	return known;
}
