# Sees to it that pods can know the API by another authority, before it shows a certificate of that. On the master.
# $1: SHA-256, in hex, of the certificates that pods are to be given, without what blanks end them
# Standard input: a kubeconfig in JSON, on one line; it is never in a file.
# Prints "pod NAMESPACE/NAME" for each that was there before, and may still go by what it has read then.
set -u
wanted=$1
read -r kubeconfig
deadline=$((SECONDS + 120))

as_administrator() {
	kubectl --kubeconfig=<(printf '%s' "$kubeconfig") --request-timeout=30s "$@"
}

# The controller manager keeps a copy in each namespace; that of the cluster's DNS stands for all.
until
	answer=$(as_administrator --namespace=kube-system get configmap kube-root-ca.crt \
		--output='jsonpath={.data.ca\.crt}' 2>&1) &&
		[ "$(printf '%s' "$answer" | sha256sum | cut -d ' ' -f 1)" = "$wanted" ]
do
	if [ $SECONDS -ge $deadline ]; then
		echo "Kubernetes did not hand the new authority's certificate on to pods (configmap kube-root-ca.crt) within 120 s; its controller manager does that: journalctl -u kube-controller-manager" >&2
		printf '%s' "$answer" | grep -v -- '-----' | head -n 5 | grep -v '^[A-Za-z0-9+/=]*$' >&2
		exit 1
	fi
	sleep 1
done

others=$(as_administrator get pods --all-namespaces --output=go-template='{{range .items}}{{$pod := .}}{{range .spec.volumes}}{{if .projected}}{{range .projected.sources}}{{if .configMap}}{{if eq .configMap.name "kube-root-ca.crt"}}{{$pod.metadata.namespace}}/{{$pod.metadata.name}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}{{end}}{{end}}') || {
	echo "the pods of the cluster could not be listed" >&2
	exit 1
}
if as_administrator --namespace=kube-system get deployment coredns >/dev/null 2>&1; then
	echo "the cluster's DNS starts anew"
	as_administrator --namespace=kube-system rollout restart deployment coredns >/dev/null || exit 1
	# A watch, which may take longer than one request.
	kubectl --kubeconfig=<(printf '%s' "$kubeconfig") --namespace=kube-system \
		rollout status deployment coredns --timeout=120s >/dev/null || {
		echo "the cluster's DNS has not started anew within 120 s; look at it: kubectl -n kube-system describe pods -l k8s-app=kube-dns" >&2
		exit 1
	}
fi
printf '%s\n' "$others" | sort -u | while read -r name; do
	case $name in '' | kube-system/coredns-*) ;; *) echo "pod $name" ;; esac
done
