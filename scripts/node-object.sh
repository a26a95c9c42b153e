# Looks at the object of a node, and changes it. Runs on the master.
# read NODE SECONDS   prints "node " and it, as JSON on one line, or "unknown" where there is no such node; waits for the API.
#                     Other lines tell what is waited for
# patch NODE          changes it by a JSON merge patch, one line of standard input. Prints "patched", or "again WHY" where it
#                     was another in the meantime, or the API did not answer
set -u
verb=$1 node=$2 limit=${3:-0}
export KUBECONFIG=/etc/kubernetes/kluster.kubeconfig
deadline=$((SECONDS + limit))
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT

ask() {
	kubectl --request-timeout=10s "$@" 2>"$complaints"
}
# Kubernetes says the reason of a refusal in brackets; of an object that is invalid it says so.
is_refused() {
	grep -q -e '(Forbidden)' -e '(BadRequest)' -e '(Invalid)' -e ' is invalid: ' "$complaints"
}

case $verb in
read)
	said=
	until found=$(ask get node "$node" --output=json); do
		if grep -q '(NotFound)' "$complaints"; then
			echo unknown
			exit
		fi
		now=$(tail -n 1 "$complaints")
		if [ $SECONDS -ge $deadline ] || is_refused; then
			echo "node $node could not be looked at within $limit s: $now" >&2
			exit 1
		fi
		if [ "$now" != "$said" ]; then
			echo "waiting for the Kubernetes API: $now"
			said=$now
		fi
		sleep 1
	done
	printf 'node %s\n' "$(printf '%s' "$found" | tr -d '\n')"
	;;
patch)
	read -r patch
	# Whoever asks Kubernetes whose a field is sees that it is ours.
	if ask patch node "$node" --type=merge --field-manager=kluster --patch="$patch" --output=name >/dev/null; then
		echo patched
		exit
	fi
	if is_refused; then
		cat "$complaints" >&2
		exit 1
	fi
	sleep 1
	echo "again $(tail -n 1 "$complaints")"
	;;
*)
	echo "node-object.sh: unknown verb $verb; read and patch are known" >&2
	exit 2
	;;
esac
