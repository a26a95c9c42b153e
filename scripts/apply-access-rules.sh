# Says who may do what in the cluster, and writes all Secrets once more, so that they are encrypted as they shall be now. On
# the master.
# $1: id of the key that the tokens of service accounts are signed with (the "kid" of a JWT)
# Prints "token NAMESPACE/NAME" for each Secret with a token that another has signed.
# Standard input, a line each: a kubeconfig and a list of objects, both JSON. The kubeconfig is never in a file.
set -u
key=$1
read -r kubeconfig
read -r objects
deadline=$((SECONDS + 120))

as_administrator() {
	kubectl --kubeconfig=<(printf '%s' "$kubeconfig") --request-timeout=30s "$@"
}
apply() {
	as_administrator apply --filename=<(printf '%s' "$objects")
}
# What is replaced while this runs is encrypted already; what is gone need not be.
rewrite() {
	local problems
	problems=$(
		as_administrator get secrets --all-namespaces --output=json |
			as_administrator replace --filename=- 2>&1 |
			grep -v -e ' replaced$' -e '(Conflict)' -e '(NotFound)' -e '^error: no objects passed'
	)
	[ -z "$problems" ] || { printf '%s\n' "$problems" && return 1; }
}

# until_done WHAT COMMAND…
until_done() {
	local what=$1 said='' answer now
	shift
	until answer=$("$@" 2>&1); do
		now=$(printf '%s' "$answer" | tail -n 1)
		if [ "$now" != "$said" ]; then
			echo "waiting for the Kubernetes API: $now"
			said=$now
		fi
		if [ $SECONDS -ge $deadline ]; then
			printf '%s within 120 s:\n%s\n' "$what" "$answer" >&2
			exit 1
		fi
		sleep 1
	done
}

until_done 'the Kubernetes API did not take who may do what' apply
until_done 'the Secrets could not be encrypted anew' rewrite
as_administrator get secrets --all-namespaces --field-selector=type=kubernetes.io/service-account-token \
	--output=go-template='{{range .items}}{{if .data.token}}{{.metadata.namespace}}/{{.metadata.name}} {{.data.token}}{{"\n"}}{{end}}{{end}}' |
	while read -r name token; do
		# Of its three parts the first says who has signed it; the padding is left out there, and nobody misses it.
		head=$(printf '%s' "$token" | base64 -d | cut -d . -f 1 | tr _- /+)
		printf '%s===' "$head" | base64 -d 2>/dev/null | grep -q "\"kid\":\"$key\"" || echo "token $name"
	done
