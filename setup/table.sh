# What an entry of tools.sh is made of. Each word below says one thing of the entry that `tool` or `module` began.
# In texts {version} stands for the entry's version, {program} for each of its programs in turn.

declare -A tool_title tool_version tool_files tool_asked tool_url tool_checksums tool_sha256 tool_module tool_stand_in stand_in_title tool_stack
declare -A module_title module_seconds module_packages module_flags
tools=()

# tool NAME VERSION TITLE FILE…: the files are named as they lie in the toolchain.
tool() {
	entry=$1
	tools+=("$entry")
	tool_version[$entry]=$2
	tool_title[$entry]=$3
	shift 3
	tool_files[$entry]=$(filled "$*")
}

# only STACK: the others do not use it.
only() { tool_stack[$entry]=$1; }

# asked PROGRAM WORD…: the words make it print the version; PROGRAM may be {program}, which is each.
asked() { tool_asked[$entry]=$*; }

# official URL [CHECKSUMS]: the publisher's file, an archive or the program itself. It is checked against what `sha256`
# says below, or else against the publisher's own list of checksums at the address CHECKSUMS.
official() {
	tool_url[$entry]=$(filled "$1")
	tool_checksums[$entry]=$(filled "${2:-}")
}

# sha256 HEX [PROGRAM]: of the official file (of that program). Where it was read stands beside it.
sha256() { tool_sha256[$entry/${2:-}]=$1; }

# built MODULE: by Go, from setup/go/MODULE.
built() { tool_module[$entry]=$1; }

# stood_in PROGRAM TITLE: by this program of lab/plugins/bin; TITLE says what it stands in for.
stood_in() {
	tool_stand_in[$entry]=$1
	stand_in_title[$entry]=$2
}

# module NAME TITLE SECONDS PACKAGE… [-- FLAG…]: a module of setup/go; SECONDS of one processor to build it.
module() {
	local name=$1
	module_title[$name]=$2
	module_seconds[$name]=$3
	shift 3
	module_packages[$name]=''
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		module_packages[$name]+="$1 "
		shift
	done
	shift || true
	module_flags[$name]=$*
}

# is_for_stack NAME STACK…: whether any of the stacks uses the tool.
is_for_stack() {
	[ -z "${tool_stack[$1]:-}" ] || [[ " ${*:2} " == *" ${tool_stack[$1]} "* ]]
}

filled() { printf '%s' "${1//\{version\}/${tool_version[$entry]}}"; }
