# Node.js and the packages of package-lock.json.

look_for_node() {
	local found
	if ! have node || ! have npm; then
		problem "Node.js $node_version or newer with npm" "from https://nodejs.org/en/download, or your system's packages"
		return
	fi
	found=$(node --version)
	at_least "${found#v}" "$node_version" ||
		problem "Node.js $node_version or newer: $(command -v node) is $found" "from https://nodejs.org/en/download, or your system's packages"
}

look_for_node_modules() {
	local installed=$checkout/node_modules/.package-lock.json # npm writes it at the end of every install
	if [ ! -e "$installed" ] || [ "$checkout/package-lock.json" -nt "$installed" ]; then
		step "installing the packages of package-lock.json (npm ci)" install_node_modules
	fi
}

install_node_modules() {
	cd "$checkout"
	npm ci --no-progress --loglevel=error
	touch node_modules/.package-lock.json # a clone with newer file times must not repeat it
}
