# Prints what the API server counts of requests for APIs that a later Kubernetes no longer has: the lines of its metric
# apiserver_requested_deprecated_apis, since it started. On the master.
# Standard input: a kubeconfig in JSON, on one line; it is never in a file.
set -u
read -r kubeconfig
deadline=$((SECONDS + 120))

until metrics=$(kubectl --kubeconfig=<(printf '%s' "$kubeconfig") --request-timeout=30s get --raw /metrics 2>&1); do
	if [ $SECONDS -ge $deadline ]; then
		echo "the API server did not tell its metrics within 120 s: $(printf '%s' "$metrics" | grep -v -- '-----' | tail -n 1)" >&2
		exit 1
	fi
	sleep 1
done
printf '%s\n' "$metrics" | grep '^apiserver_requested_deprecated_apis{' || true
