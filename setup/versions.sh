# The versions that everything here is tested with. Pulumi's are package.json's, so that they stand in one place.

pin() {
	local version
	version=$(sed -n "s|^ *\"@pulumi/$1\": \"\(.*\)\",\{0,1\}\$|\1|p" "$checkout/package.json")
	printf '%s' "${version:?package.json pins no @pulumi/$1}"
}

pulumi_version=$(pin pulumi)
pulumi_plugins=("command $(pin command)" "hcloud $(pin hcloud)" "kubernetes $(pin kubernetes)")

node_version=20 # at least: what @pulumi/pulumi at the pin asks for
