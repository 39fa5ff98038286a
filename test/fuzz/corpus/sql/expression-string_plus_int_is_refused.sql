SELECT 'a' + 1;
