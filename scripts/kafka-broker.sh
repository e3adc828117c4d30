#!/usr/bin/env bash
# Runs one Kafka node, broker and controller, until SIGTERM, for tests and `pairstream bench kafka-log`. Prints the line of STARTED when it
# serves. The process of this script becomes the broker.
# Usage: scripts/kafka-broker.sh FOLDER PORT CONTROLLER_PORT
#   FOLDER           data and settings; a second run on the same folder continues with its topics
#   PORT             port of 127.0.0.1 that clients connect to
#   CONTROLLER_PORT  another free port
# If FOLDER/added.properties exists at the first run, its settings replace those of this script: other listeners, or a broker without a
# controller that joins the cluster of another node.
# Exits 3 if this machine cannot have Kafka (see kafka-jars.sh).
set -euo pipefail
folder="$1" port="$2" controller_port="$3"
jars="$("$(dirname "${BASH_SOURCE[0]}")/kafka-jars.sh")"
flags=(-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=${KAFKA_COMPILER_TIER:-1} -cp "$jars/*")
cd "$folder"
if [ ! -e server.properties ]; then
  # After kill -9, a broker is registered again only when its session has ended, so the session is short.
  cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
log.retention.check.interval.ms=200
log.initial.task.delay.ms=200
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
PROPERTIES
  # The last line of a setting is the one that counts.
  if [ -e added.properties ]; then cat added.properties >>server.properties; fi
  # Any id in the form of Kafka's: nodes that know no common controller are clusters of their own.
  java "${flags[@]}" kafka.tools.StorageTool format -t 4L6g3nShT-eMCtK--X86sw -c server.properties >format.log 2>&1 || {
    cat format.log >&2
    exit 1
  }
fi
exec java "${flags[@]}" kafka.Kafka server.properties
