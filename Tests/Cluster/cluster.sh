#!/bin/sh
# Makes a small cluster of hosts on this machine and runs mpirun on it: network namespaces joined by a
# bridge, each with a host name of its own, so that Open MPI takes them for machines. A script that
# enters the namespace stands in for ssh. Needs root, iproute2 and util-linux.
#
#   cluster.sh [-r RATE] [-d DELAY] HOSTS SLOTS MPIRUN-ARGUMENTS...
#
# RATE and DELAY are those of every host's link, as `tc` writes them: -r 1gbit -d 100us.
# Exit code 77: this machine allows no namespaces.
set -eu
rate='' delay=''
while getopts r:d: option; do
  case $option in
    r) rate=$OPTARG ;;
    d) delay=$OPTARG ;;
    *) exit 64 ;;
  esac
done
shift $((OPTIND - 1))
hosts=$1 slots=$2
shift 2

if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null || ! ip netns add "probe-$$" 2>/dev/null; then
  echo "no network namespaces here: they need root, iproute2 and a kernel that allows them" >&2
  exit 77
fi
ip netns del "probe-$$"

# Names that no other cluster of this machine has, and short enough for an interface.
id=$(printf '%x' "$$" | tail -c 5)
folder=$(mktemp -d)
clean() {
  for host in $(seq "$hosts"); do ip netns del "h$id-$host" 2>/dev/null || true; done
  ip link del "b$id" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT TERM

ip link add "b$id" type bridge
ip link set "b$id" up
for host in $(seq "$hosts"); do
  space="h$id-$host"
  ip netns add "$space"
  ip link add "v$id-$host" type veth peer name eth0 netns "$space"
  ip link set "v$id-$host" master "b$id" up
  ip -n "$space" link set lo up
  ip -n "$space" addr add "10.77.0.$host/24" dev eth0
  ip -n "$space" link set eth0 up
  if [ -n "$rate" ]; then
    ip netns exec "$space" tc qdisc add dev eth0 root handle 1: tbf \
      rate "$rate" burst 1mb latency 100ms
  fi
  if [ -n "$delay" ]; then
    if [ -n "$rate" ]; then parent='parent 1:1'; else parent=root; fi
    # shellcheck disable=SC2086
    ip netns exec "$space" tc qdisc add dev eth0 $parent \
      netem delay "$delay" limit 100000 || {
      echo "this kernel has no netem, which -d needs" >&2
      exit 69
    }
  fi
  echo "10.77.0.$host slots=$slots" >>"$folder/hosts"
done

# mpirun calls this with the address and the command, as it would call ssh.
cat >"$folder/enter" <<END
#!/bin/sh
address=\$1; shift
host=\${address##*.}
exec ip netns exec "h$id-\$host" unshare --uts sh -c "hostname host\$host; \$*"
END
chmod +x "$folder/enter"

network='10.77.0.0/24'
# Not by the script: like ssh, it takes words apart that belong together.
ip netns exec "h$id-1" unshare --uts sh -c 'hostname host1; exec "$@"' sh \
  mpirun --allow-run-as-root --hostfile "$folder/hosts" \
  --mca plm_rsh_agent "$folder/enter" --mca btl_tcp_if_include "$network" \
  --mca oob_tcp_if_include "$network" --bind-to none "$@"
