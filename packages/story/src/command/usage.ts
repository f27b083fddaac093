/** What `--help` prints. */
export const USAGE = `usage: story <id> [path…]            the story of one request
       story --failed [path…]        requests that failed, newest first
       story --slowest N [path…]     the slowest requests, and where their time went
       story --with TEXT [path…]     requests that have a line with this text

Paths are files, folders and globs, .gz and .zst too; - is standard input. Default: piped input, else ./logs.

  --show N            with a list: the story of its Nth request
  --since, --until T  03:00, 2026-11-25T03:00Z, 15m (ago), epoch seconds
  --follow, -f        new lines of the ID, or new failed requests, as they come
  --html FILE         a self-contained page to send; - is standard output
  --svg FILE          the waterfall alone
  --otlp FILE         OTLP spans as JSON
  --json              the story, or the list, as JSON
  --from URL          a store: clickhouse+http://host:8123/db.table, elasticsearch+https://host:9200/index-*,
                      loki+http://host:3100
  --key NAME          the field that has the ID; default: correlation_id and other usual names
  --threads N         1 or 2; default: 2 for large files
  --zone ZONE         zone of times that name none: Europe/Berlin, +02:00; default: UTC
  --clocks as-is      do not correct clocks
  --utc               times of day in UTC
  --width N           columns
  --no-color

Exits with 0 if something was found, 1 if nothing was, 2 on an error.
`;
