# Waits until a part of Kubernetes is ready, says what it waits for, and names the cause when it does not get there.
# $1: seconds to wait at most; $2: the part; then
#   api             on the master: the API server
#   node NAME API   on that node: Kubernetes calls it Ready; API is the URL of the API server
#   dns             on the master: the cluster's DNS answers, without which no pod finds a Service
# A part that the system does not have, since a module of the user's turns it off, is not waited for.
# A unit that it depends on and that systemd has given up ends the wait within seconds; one that is started again and again
# is given the whole time.
# Further arguments are not looked at: another system there, or another attempt at one, means that it is waited for again.
set -u
limit=$1 part=$2
deadline=$((SECONDS + limit))
secrets=/var/lib/kluster/kubernetes
# What NixOS's addon manager keeps in the cluster.
addons=${KLUSTER_ADDONS:-/etc/kubernetes/addons}
shift 2

property() {
	systemctl show --property="$1" --value "$2"
}

# Those of these units that the system has.
present() {
	for unit; do
		[ "$(property LoadState "$unit")" != loaded ] || echo "$unit"
	done
}

# Each part: the units that it lives on, and a function that prints what keeps it from being ready, or nothing.
case $part in
api)
	what="the Kubernetes API"
	units="etcd kube-apiserver kube-controller-manager kube-scheduler"
	export KUBECONFIG=/etc/kubernetes/kluster.kubeconfig
	cause() {
		answer=$(kubectl --request-timeout=5s get --raw /readyz 2>&1) && return
		unready=$(printf '%s' "$answer" | grep -o '\[-\][^ ]*' | head -n 3 | tr '\n' ' ')
		echo "it says: ${unready:-$(printf '%s' "$answer" | tail -n 1)}"
	}
	;;
node)
	what="node $1" node=$1 api=$2
	units="containerd kubelet $(present kube-proxy flannel)"
	# The node's own certificate may read its own Node object.
	about_node() {
		kubectl --request-timeout=5s --server="$api" --certificate-authority=$secrets/ca.pem \
			--client-certificate=$secrets/kubelet-client.pem --client-key=$secrets/kubelet-client-key.pem \
			get node "$node" --output="jsonpath={range .status.conditions[?(@.type=='Ready')]}{.status} {.message}{end}" 2>&1
	}
	# A kubelet registers its node when it starts, and never again: one that runs while its node is taken out of the cluster
	# and comes back has to start anew.
	register() {
		began=$(systemctl show --property=ActiveEnterTimestampMonotonic --value kubelet)
		read -r up _ </proc/uptime
		[ $((${up%.*} - began / 1000000)) -lt 30 ] || systemctl restart kubelet
	}
	cause() {
		answer=$(about_node)
		case $answer in *NotFound*) register ;; esac
		[ "${answer%% *}" = True ] || echo "${answer:-the API knows nothing of its state yet}"
	}
	;;
dns)
	what="the cluster's DNS"
	if [ ! -e "$addons/coredns-deploy.json" ]; then
		echo "$what is not waited for: the master's system brings none"
		exit
	fi
	units="kube-addon-manager"
	export KUBECONFIG=/etc/kubernetes/kluster.kubeconfig
	cause() {
		answer=$(kubectl --request-timeout=5s --namespace=kube-system get deployment coredns --output=jsonpath='{.status.availableReplicas} {.spec.replicas}' 2>&1)
		[ "${answer%% *}" = "${answer##* }" ] && [ -n "$answer" ] && return
		echo "deployment coredns (available, wanted): $answer; $(kubectl --request-timeout=5s --namespace=kube-system get events \
			--field-selector=type=Warning --sort-by=.lastTimestamp --no-headers \
			--output=custom-columns=message:.message 2>/dev/null | tail -n 1)"
	}
	;;
*)
	echo "wait-for-kubernetes.sh: unknown part $part; api, node and dns are known" >&2
	exit 2
	;;
esac

last_word() {
	journalctl --no-pager --lines=1 --output=cat --unit="$1"
}

# The units come first: for up to 40 s the API still calls a node Ready that has just gone down.
obstacle() {
	for unit in $units; do
		state=$(systemctl is-active "$unit")
		if [ "$state" != active ]; then
			echo "$unit.service is $state: $(last_word "$unit")"
			return
		fi
	done
	cause
}

# What lies beneath the units and is not waited for itself: the network between the machines, where they have one.
beneath="wireguard-wg0"

# A unit that has failed, so that systemd does not start it by itself: of those that a part lives on, or that one of them
# needs in order to start.
failed_unit() {
	for unit in $beneath $units; do
		case $(systemctl is-active "$unit") in
		active) continue ;;
		failed) echo "$unit.service" && return ;;
		esac
		for needed in $(property Requires "$unit"); do
			if [ "$(systemctl is-active "$needed")" = failed ]; then
				echo "$needed" && return
			fi
		done
	done
}

# Something else may still start it: the failure is for good when it has not been started anew for so many seconds.
for_good=5
suspect= suspected=0
# $1: what is not ready
give_up_on_failed_unit() {
	failed=$(failed_unit)
	[ -n "$failed" ] || { suspect= && return; }
	start="$failed $(property InactiveExitTimestampMonotonic "$failed")"
	if [ "$start" != "$suspect" ]; then
		suspect=$start suspected=$SECONDS
	elif [ $((SECONDS - suspected)) -ge $for_good ]; then
		echo "$1 will not be ready: $failed has failed ($(property Result "$failed")), and systemd does not start it again." \
			"Its last lines are below. Once the cause is gone, a changed system starts it, or on the machine:" \
			"systemctl restart $failed; then run this again" >&2
		journalctl --no-pager --lines=15 --unit="$failed" >&2
		exit 1
	fi
}

said=
while now=$(obstacle); [ -n "$now" ]; do
	if [ "$now" != "$said" ]; then
		echo "waiting for $what: $now"
		said=$now
	fi
	give_up_on_failed_unit "$what"
	if [ $SECONDS -ge $deadline ]; then
		echo "$what was not ready within $limit s: $now" >&2
		for unit in $units; do
			if [ "$(systemctl is-active "$unit")" != active ]; then
				journalctl --no-pager --lines=15 --unit="$unit" >&2
			fi
		done
		exit 1
	fi
	sleep 0.5
done
echo "$what is ready"
