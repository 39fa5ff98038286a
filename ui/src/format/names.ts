/** "insert-into_default_catalog.default_database.SALES" is "insert into SALES". */
export function shortName(name: string): string {
  return name.replace(/^insert-into_/, 'insert into ').replace(/default_catalog\.default_database\./g, '');
}

/** "default_catalog.default_database.SALES" is "SALES". */
export function tableName(path: string): string {
  return path.replace(/^default_catalog\.default_database\./, '').replace(/`/g, '');
}
