#!/bin/sh
# Ships lines to the table of clickhouse.sql: CLICKHOUSE_URL=http://localhost:8123 sh clickhouse.sh < services.log
# The format treats a backslash as an escape, and a tab as the end of a column.
set -eu
sed 's/\\/\\\\/g; s/	/\\t/g' | curl --fail --silent --show-error --data-binary @- \
  "${CLICKHOUSE_URL:-http://localhost:8123}/?query=INSERT%20INTO%20lines%20(line)%20FORMAT%20TabSeparated"
