-- Lines as they were written, one per row, found by ID and read in order of time.
CREATE TABLE lines (
  line String,
  correlation_id String MATERIALIZED visitParamExtractString(line, 'correlation_id'),
  time String MATERIALIZED if(visitParamHas(line, 'time'), visitParamExtractString(line, 'time'), visitParamExtractString(line, '@timestamp'))
) ENGINE = MergeTree ORDER BY (correlation_id, time)
