# Runs on the master.
# join NODE   checks that the node belongs to the cluster
# leave NODE  moves its pods elsewhere as far as they go within a minute, and takes it out of the cluster
set -u
verb=$1 node=$2
export KUBECONFIG=/etc/kubernetes/cluster-admin.kubeconfig

case $verb in
join)
	exec kubectl --request-timeout=30s get node "$node" --output=name
	;;
leave)
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
