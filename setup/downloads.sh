# The official downloads of Pulumi. The CLI's archive brings the language host with it and is checked against the
# checksums that Pulumi publishes beside it; plugins are fetched by the CLI itself, over TLS.

releases=https://get.pulumi.com/releases/sdk

# What is missing from the toolchain: planned where it can be downloaded, a problem where it cannot.
look_for_downloads() { # ITEM…
	local item reachable=yes part
	if ! have curl; then
		look_for_packages "curl curl" "ca-certificates /etc/ssl/certs/ca-certificates.crt"
	elif ! curl --fail --silent --location --head --connect-timeout 10 --max-time 20 --output /dev/null "$releases/pulumi-$pulumi_version-checksums.txt"; then
		reachable=
	fi
	for item in "$@"; do
		case $item in
		bin/pulumi)
			if [ -n "$reachable" ]; then
				step "downloading the Pulumi CLI $pulumi_version" download_pulumi
			else
				cannot_download "Pulumi CLI $pulumi_version with its language host (pulumi, pulumi-language-nodejs)" "put both on PATH, from https://www.pulumi.com/docs/install/versions/"
			fi
			;;
		bin/pulumi-language-nodejs) ;; # comes and goes with the CLI
		plugins/*)
			part=${item#plugins/resource-} part="${part%-v*} ${part##*-v}"
			if [ -n "$reachable" ]; then
				step "downloading the Pulumi plugin $part" download_plugin $part
			else
				cannot_download "Pulumi plugin $part" "pulumi plugin install resource $part"
			fi
			;;
		esac
	done
	missing_kubernetes "$@"
}

cannot_download() {
	problem "$1: get.pulumi.com cannot be reached" "$2, or name a folder with bin/ and plugins/ by KLUSTER_TOOLCHAIN"
}

missing_kubernetes() { # ITEM…
	local entry programs what where name missing list=
	for entry in "${kubernetes_parts[@]}"; do
		IFS='|' read -r programs what where <<<"$entry"
		missing=
		for name in $programs; do
			[[ " $* " != *" bin/$name "* ]] || missing+="$name "
		done
		[ -z "$missing" ] || list+=$'\n'"      $missing($what): $where"
	done
	[ -z "$list" ] ||
		problem "for the lab, programs of Kubernetes, built for Linux on x86_64:$list" "put them into $own_toolchain/bin, or name a folder with bin/ by KLUSTER_TOOLCHAIN"
}

download_pulumi() {
	local archive=pulumi-v$pulumi_version-linux-x64.tar.gz sums=pulumi-$pulumi_version-checksums.txt folder=$state/download
	rm -rf "$folder"
	mkdir -p "$folder" "$own_toolchain/bin"
	cd "$folder"
	curl --fail --silent --show-error --location --retry 3 --remote-name "$releases/$sums"
	curl --fail --silent --show-error --location --retry 3 --remote-name "$releases/$archive"
	grep -E "^[0-9a-f]{64}  $archive\$" "$sums" >wanted # a list without our archive must not pass for one that agrees
	sha256sum --check --strict wanted
	tar -xzf "$archive" --strip-components=1 -C "$own_toolchain/bin"
	cd "$checkout"
	rm -rf "$folder"
}

download_plugin() { # NAME VERSION
	PULUMI_HOME=$own_toolchain PULUMI_SKIP_UPDATE_CHECK=true "$own_toolchain/bin/pulumi" plugin install resource "$1" "$2" --exact
}
