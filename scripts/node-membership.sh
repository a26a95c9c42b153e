# Runs on the master.
# join NODE   lets the node take pods, if its leaving was broken off; NODE need not be known yet. A further argument is not
#             looked at: another one means that this is done again.
# leave NODE  moves its pods elsewhere as far as they go within a minute, and takes it out of the cluster
set -u
verb=$1 node=$2
export KUBECONFIG=/etc/kubernetes/kluster.kubeconfig
# Says that it was leave that has cordoned the node, and not somebody by hand.
mark=kluster/leaving

# The program may be killed while its script goes on here: one at a time.
exec 9>"/run/kluster-membership-$node.lock"
flock -w 120 9 || {
	echo "node $node is still being taken out of the cluster by an earlier run, after 120 s; run this again later" >&2
	exit 1
}

case $verb in
join)
	leaving=$(kubectl --request-timeout=30s get node "$node" --ignore-not-found \
		--output="jsonpath={.metadata.annotations['$mark']}") || exit 1
	[ -n "$leaving" ] || exit 0
	kubectl --request-timeout=30s uncordon "$node" || exit 1
	exec kubectl --request-timeout=30s annotate node "$node" "$mark-"
	;;
leave)
	kubectl --request-timeout=30s annotate node "$node" "$mark=yes" --overwrite
	# A node that is dead already cannot be drained; it leaves all the same.
	kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force --timeout=60s ||
		echo "node $node could not be drained; its pods will be started elsewhere" >&2
	exec kubectl delete node "$node" --ignore-not-found --timeout=30s
	;;
*)
	echo "node-membership.sh: unknown verb $verb; join and leave are known" >&2
	exit 2
	;;
esac
