# Sourced by docker-up.sh and docker-down.sh. Sets run_folder, where the sockets of the daemon of $state are: the path of a
# unix socket has at most 107 bytes, and $state may be deep.
run_folder="/run/pairstream-docker-$(printf '%s' "$state" | cksum | cut -d ' ' -f 1)"
