# Moves the pods of a node elsewhere before it is disturbed, and lets it take pods again. Runs on the master.
# look NODE             says how the node is, and changes nothing
# drain NODE SECONDS    nothing new is started there, and its pods go: as long as disruption budgets allow it, with the time
#                       that each has to end. When they do not go in time, all is as it was, and what is in the way is named
# resume NODE SECONDS [BOOT]
#                       lets it take pods again, if it was drain that has stopped that; waits for the API, and for what the
#                       node says of itself in the boot of that id
# Prints "state ready", "state unready WHY", "state unknown" (there is no such node) or "state unreachable WHY" (there is no
# API), and "bare NAMESPACE/NAME" for a pod that nobody makes anew. Other lines tell what goes on.
set -u
verb=$1 node=$2 limit=${3:-30} boot=${4:-}
export KUBECONFIG=/etc/kubernetes/kluster.kubeconfig
deadline=$((SECONDS + limit))
# Says that it was this script that has cordoned the node, and not somebody by hand.
mark=kluster/changing

ask() {
	kubectl --request-timeout=10s "$@"
}

# The program may be killed while its script goes on here: one at a time, with those of node-membership.sh.
exec 9>"${KLUSTER_LOCKS:-/run}/kluster-membership-$node.lock"
flock -w 120 9 || {
	echo "pods of node $node are still being moved by an earlier run, after 120 s; run this again later" >&2
	exit 1
}

# One word each: Ready's status, whether it is cordoned, whether by us, the id of its boot; then why it is not ready.
about="{range .status.conditions[?(@.type=='Ready')]}{.status}{end}/{.spec.unschedulable}/{.metadata.annotations['$mark']}/{.status.nodeInfo.bootID}/{range .status.conditions[?(@.type=='Ready')]}{.message}{end}"
look() {
	local answer
	if ! answer=$(ask get node "$node" --output="jsonpath=$about" 2>&1); then
		case $answer in
		*NotFound*) state=unknown ;;
		*) state=unreachable why=$(printf '%s' "$answer" | tail -n 1) ;;
		esac
		return
	fi
	IFS=/ read -r ready cordoned marked booted why <<<"$answer"
	[ "$ready" = True ] && state=ready || state=unready
}
# In one step, so that no kill leaves a cordon that nobody knows of.
patch() {
	ask patch node "$node" --type=merge --patch="$1" >/dev/null
}
release() {
	patch "{\"metadata\":{\"annotations\":{\"$mark\":null}},\"spec\":{\"unschedulable\":null}}"
}

# Pods that a drain moves: not a DaemonSet's, not the node's own, none that has ended. A line each: namespace/name, and
# "bare" where nobody makes it anew.
movable() {
	ask get pods --all-namespaces --field-selector="spec.nodeName=$node,status.phase!=Succeeded,status.phase!=Failed" \
		--output=go-template='{{range .items}}{{$of := ""}}{{range .metadata.ownerReferences}}{{if .controller}}{{$of = .kind}}{{end}}{{end}}{{$own := false}}{{range $name, $_ := .metadata.annotations}}{{if eq $name "kubernetes.io/config.mirror"}}{{$own = true}}{{end}}{{end}}{{if and (ne $of "DaemonSet") (not $own)}}{{.metadata.namespace}}/{{.metadata.name}}{{if eq $of ""}} bare{{end}}{{"\n"}}{{end}}{{end}}'
}
# Those of one namespace that allow nothing at the moment.
budgets() {
	ask --namespace="$1" get poddisruptionbudgets \
		--output=go-template='{{range .items}}{{if not .status.disruptionsAllowed}}{{.metadata.namespace}}/{{.metadata.name}}{{"\n"}}{{end}}{{end}}' 2>/dev/null
}
listed() {
	sort -u | tr '\n' ' ' | sed 's/ $//; s/ /, /g'
}

case $verb in
look)
	look
	echo "state $state ${why:-}"
	;;
drain)
	look
	echo "state $state ${why:-}"
	[ "$state" = ready ] || exit 0
	if [ -z "$cordoned" ] || [ -n "$marked" ]; then
		patch "{\"metadata\":{\"annotations\":{\"$mark\":\"yes\"}},\"spec\":{\"unschedulable\":true}}" || exit 1
	fi
	movable | sed -n 's/^\(.*\) bare$/bare \1/p'
	said=$(mktemp)
	trap 'rm -f "$said"' EXIT
	kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force --timeout="${limit}s" 2>&1 |
		tee "$said" | grep --line-buffered -v -e '^Warning: ' -e '^node/.*cordoned'
	[ "${PIPESTATUS[0]}" != 0 ] || exit 0
	left=$(movable | cut -d ' ' -f 1)
	guards=$(printf '%s\n' "$left" | cut -d / -f 1 | sort -u | while read -r namespace; do
		[ -z "$namespace" ] || budgets "$namespace"
	done)
	[ -z "$cordoned" ] || [ -n "$marked" ] && release
	{
		printf 'the pods of node %s did not go within %s s, so it was left as it was' "$node" "$limit"
		if [ -n "$left" ]; then printf '; still there: %s' "$(printf '%s\n' "$left" | listed)"; fi
		if [ -n "$guards" ]; then
			printf '; PodDisruptionBudgets that allow no pod to go now: %s' "$(printf '%s\n' "$guards" | listed)"
		fi
		printf '\n'
		grep -v -e '^Warning: ' -e '^node/.*cordoned' -e '^evicting pod ' "$said" | tail -n 3
	} >&2
	exit 1
	;;
resume)
	until look && case $state in
		unknown) true ;;
		unreachable) false ;;
		*) [ -z "$boot" ] || { [ "$booted" = "$boot" ] && [ "$state" = ready ]; } ;;
		esac
	do
		if [ $SECONDS -ge $deadline ]; then
			case $state in unreachable) ;; *) why="it has not reported from its new boot yet. ${why:-}" ;; esac
			echo "node $node could not be let take pods again within $limit s: ${why:-}" >&2
			exit 1
		fi
		sleep 1
	done
	echo "state $state ${why:-}"
	[ -z "${marked:-}" ] || release
	;;
*)
	echo "node-drain.sh: unknown verb $verb; look, drain and resume are known" >&2
	exit 2
	;;
esac
