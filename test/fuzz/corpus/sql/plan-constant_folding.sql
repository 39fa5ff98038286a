SELECT 1 + 2 * 3, UPPER('a') || 'b', CAST('2026-01-01' AS DATE);
