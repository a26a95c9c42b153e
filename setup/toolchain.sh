# The toolchain: the Pulumi CLI, its Node language host and the plugins; for the lab also the parts of Kubernetes.
#
# Each is looked for in this order: on PATH (plugins: where a CLI on PATH keeps them); in the folder that
# KLUSTER_TOOLCHAIN names, or without it in shared/toolchain beside the checkout; among the official downloads.
# Such a folder is either unpacked (bin/, plugins/) or holds archives and `unpack DEST`, which lays out DEST/bin and
# DEST/plugins. Where no one folder holds everything, .kluster/toolchain brings it together.

own_toolchain=$state/toolchain

# programs|what they are|where they come from
kubernetes_parts=(
	"kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl|Kubernetes 1.36|https://kubernetes.io/releases/download/"
	"etcd|etcd 3.6|https://github.com/etcd-io/etcd/releases"
	"flanneld|flannel 0.26|https://github.com/flannel-io/flannel/releases"
	"flannel|flannel's CNI plugin 1.9|https://github.com/flannel-io/cni-plugin/releases"
	"coredns|CoreDNS 1.13|https://github.com/coredns/coredns/releases"
	"cfssl cfssljson|cfssl 1.6|https://github.com/cloudflare/cfssl/releases"
	"certmgr|certmgr 3.0|https://github.com/cloudflare/certmgr/releases"
	"pause|a static program that only waits for a signal|build/pause of https://github.com/kubernetes/kubernetes"
)

# Sets `toolchain` to the folder that holds, or will hold, everything; to "" where PATH alone does.
look_for_toolchain() { # with "kubernetes": everything that the lab needs
	local given item part source all_given=yes all_on_path=yes
	local -a items missing=()
	local -A sources=()
	toolchain=$own_toolchain
	given=$(given_toolchain)
	if [ -n "$given" ] && is_packed "$given"; then
		if ! is_laid_out "$given"; then
			have xz || look_for_packages "xz-utils xz"
			step "unpacking the tools of $given" "$given/unpack" "$own_toolchain"
			return # setup/setup looks again afterwards
		fi
		given=
	elif [ -n "$given" ] && [ ! -d "$given/bin" ]; then
		problem "KLUSTER_TOOLCHAIN: $given holds neither bin/ nor \`unpack\` with *.tar.xz" "name a folder that does, or unset it to use PATH and the official downloads"
		return
	fi

	items=(bin/pulumi bin/pulumi-language-nodejs)
	for part in "${pulumi_plugins[@]}"; do items+=("plugins/resource-${part/ /-v}"); done
	if [ "${1:-}" = kubernetes ]; then
		for part in "${kubernetes_parts[@]}"; do for item in ${part%%|*}; do items+=("bin/$item"); done; done
	fi
	for item in "${items[@]}"; do
		sources[$item]=$(source_of "$item" "$given")
		case ${sources[$item]} in
		path:*) all_given= ;;
		given:*) all_on_path= ;;
		*) all_given= all_on_path= ;;
		esac
		[ -n "${sources[$item]}" ] || missing+=("$item")
	done

	if [ -n "$all_given" ]; then
		toolchain=$given
	elif [ -n "$all_on_path" ]; then
		toolchain=
	else
		for item in "${items[@]}"; do
			source=${sources[$item]#*:}
			case ${sources[$item]} in
			path:*) [ "$own_toolchain/$item" -ef "$source" ] || step "taking ${item#*/} from PATH" link_into_own "$item" "$source" ;;
			given:*) [ -e "$own_toolchain/$item" ] || step "taking ${item#*/} from $given" copy_into_own "$item" "$source" ;;
			esac
		done
		if [ ${#missing[@]} -gt 0 ]; then look_for_downloads "${missing[@]}"; fi
	fi
	if [ -n "$toolchain" ] && [ -x "$toolchain/bin/pulumi" ] && [ "$(version_of "$toolchain/bin/pulumi")" != "$pulumi_version" ]; then
		problem "Pulumi CLI $pulumi_version: $toolchain/bin/pulumi is $(version_of "$toolchain/bin/pulumi")" "put that version in its place"
	fi
}

# source_of ITEM GIVEN: path:FILE, given:FILE, "own" for what only .kluster/toolchain has, or nothing.
source_of() {
	local found own=$own_toolchain/$1
	if found=$(on_path "$1") && ! [ "$own" -ef "$found" ]; then
		if [ -n "$2" ] && [ "$2/$1" -ef "$found" ]; then
			printf 'given:%s' "$2/$1"
		else
			printf 'path:%s' "$found"
		fi
	elif [ -n "$2" ] && [ -e "$2/$1" ]; then
		printf 'given:%s' "$2/$1"
	elif [ -e "$own" ]; then
		printf 'own'
	fi
}

# on_path ITEM: where the user's own installation of Pulumi, at the right version, has it.
on_path() {
	local cli plugin=${1#plugins/resource-}
	case $1 in
	bin/pulumi | bin/pulumi-language-nodejs)
		cli=$(type -P pulumi) && type -P pulumi-language-nodejs >/dev/null && [ "$(version_of "$cli")" = "$pulumi_version" ] &&
			type -P "${1#bin/}"
		;;
	plugins/*)
		plugin=${PULUMI_HOME:-${HOME:-/root}/.pulumi}/$1/pulumi-resource-${plugin%-v*}
		[ -x "$plugin" ] && printf '%s' "${plugin%/*}"
		;;
	*) false ;; # Kubernetes: the lab shows these to its machines, so they must be files of one folder
	esac
}

# Version of a Pulumi CLI. Starting one takes half a second, so the answer is kept until the file changes.
version_of() {
	local seen known
	seen="$(readlink -f "$1") $(stat -Lc '%s %Y' "$1")"
	known=$(grep -sF "$seen " "$state/versions" | tail -n 1) || true
	if [ -z "$known" ]; then
		known="$seen $(PULUMI_SKIP_UPDATE_CHECK=true "$1" version 2>/dev/null | head -n 1)"
		mkdir -p "$state"
		printf '%s\n' "$known" >>"$state/versions"
	fi
	printf '%s' "${known##* v}"
}

# The folder with prebuilt tools that the user has given, now or to an earlier run, if any.
given_toolchain() {
	local earlier
	if [ -n "${KLUSTER_TOOLCHAIN:-}" ]; then
		printf '%s' "${KLUSTER_TOOLCHAIN%/}"
	elif [ -d "$checkout/../shared/toolchain" ]; then
		(cd "$checkout/../shared/toolchain" && pwd)
	elif earlier=$(cat "$state/toolchain.path" 2>/dev/null) && [ "$earlier" != "$own_toolchain" ] && [ -d "$earlier/bin" ]; then
		printf '%s' "$earlier"
	fi
}

is_packed() { [ -x "$1/unpack" ] && compgen -G "$1/*.tar.xz" >/dev/null; }

# Whether .kluster/toolchain holds these archives as they are now: `unpack` leaves a stamp for each.
is_laid_out() {
	local archive
	for archive in "$1"/*.tar.xz; do
		[ -e "$own_toolchain/.$(basename "$archive" .tar.xz).$(stat -Lc %s "$archive")" ] || return 1
	done
}

link_into_own() { # ITEM FILE
	mkdir -p "$(dirname "$own_toolchain/$1")"
	ln -sfn "$2" "$own_toolchain/$1"
}

# A real file, hard-linked where it can be: the lab shows the folder to its machines, where a link leads nowhere.
copy_into_own() { # ITEM FILE
	mkdir -p "$(dirname "$own_toolchain/$1")"
	cp -rlL "$2" "$own_toolchain/$1" 2>/dev/null || cp -rL "$2" "$own_toolchain/$1"
}
