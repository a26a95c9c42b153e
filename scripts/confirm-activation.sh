# Confirms by a new login that a machine can be reached with the system that is being activated.
# $1: name of the attempt
set -eu
: >"/run/kluster/activations/$1/confirmed"
