SET 'parallelism.default' = '2';
SET table.local-time-zone = UTC;
RESET 'parallelism.default';
SET;
