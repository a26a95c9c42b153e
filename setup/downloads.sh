# The official downloads. KLUSTER_MIRROR names a server that has them below the names of their hosts, such as
# https://mirror.example/dl.k8s.io/v1.36.1/…; what it hands out is checked in the same way.

download_folder() { printf '%s' "$cache/tools/$1-${tool_version[$1]}"; } # NAME

address() { printf '%s' "${KLUSTER_MIRROR:+${KLUSTER_MIRROR%/}/}${1#${KLUSTER_MIRROR:+https://}}"; } # URL

# addresses NAME: address and SHA-256, a line for each file that is to be fetched; without a hash where the publisher's
# list of checksums tells it.
addresses() {
	local url=${tool_url[$1]} program
	if [[ $url != *"{program}"* ]]; then
		printf '%s %s\n' "$url" "${tool_sha256[$1/]:-}"
		return
	fi
	for program in ${tool_files[$1]}; do
		program=${program##*/}
		printf '%s %s\n' "${url//\{program\}/$program}" "${tool_sha256[$1/$program]:-}"
	done
}

# Whether the publisher's server has the tool. One that did not answer is not asked again.
declare -A is_silent
is_reachable() { # NAME
	local url host code _
	[ -n "${tool_url[$1]:-}" ] && have curl || return 1
	read -r url _ < <(addresses "$1")
	url=$(address "$url")
	host=${url#*://} host=${host%%/*}
	[ -z "${is_silent[$host]:-}" ] || return 1
	code=0
	curl --fail --silent --location --head --connect-timeout 5 --max-time 15 --output /dev/null "$url" || code=$?
	case $code in
	0) return 0 ;;
	22) return 1 ;; # it answered, but has no such file
	*) is_silent[$host]=yes && return 1 ;;
	esac
}

fetch() { # URL FILE
	curl --fail --silent --show-error --location --retry 3 --connect-timeout 10 --speed-limit 1000 --speed-time 60 \
		--output "$2" "$(address "$1")"
}

download() { # NAME
	local draft url hash file
	draft=$(draft_of "$(download_folder "$1")")
	mkdir -p "$draft/.fetched"
	while read -r url hash; do
		file=$draft/.fetched/${url##*/}
		fetch "$url" "$file"
		check_file "$file" "${hash:-$(published_hash "$1" "${url##*/}")}"
		case $file in
		*.tar.gz | *.tgz) tar -xzf "$file" -C "$draft/.fetched" ;;
		esac
	done < <(addresses "$1")
	for file in ${tool_files[$1]}; do
		mkdir -p "$(dirname "$draft/$file")"
		find "$draft/.fetched" -type f \( -name "${file##*/}" -o -name "${file##*/}-amd64" -o -name "${file##*/}_*_amd64" \) \
			-exec mv {} "$draft/$file" \; -quit
		chmod 755 "$draft/$file" || {
			echo "${tool_url[$1]} has no ${file##*/} in it"
			return 1
		}
	done
	rm -r "$draft/.fetched"
	keep "$draft" "$(download_folder "$1")"
}

# published_hash NAME FILE: what the publisher's list says of it; a list may hold one bare hash.
published_hash() {
	fetch "${tool_checksums[$1]}" "$draft/.fetched/checksums"
	awk -v name="$2" 'NF == 1 || $2 == name || $2 == "*" name { print $1; exit }' "$draft/.fetched/checksums"
}

# check_file FILE SHA256: a hash that nobody gave must not pass for one that agrees.
check_file() {
	local found
	found=$(sha256sum <"$1")
	found=${found%% *}
	[ "$found" = "$2" ] && return
	echo "${1##*/}: its SHA-256 is $found and should be ${2:-told by its publisher, who does not name the file}; it is thrown away"
	return 1
}
