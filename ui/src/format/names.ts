/** "insert-into_default_catalog.default_database.SALES" is "insert into SALES". */
export function shortName(name: string): string {
  return name.replace(/^insert-into_/, 'insert into ').replace(/default_catalog\.default_database\./g, '');
}

/** "default_catalog.default_database.SALES" is "SALES". */
export function tableName(path: string): string {
  return path.replace(/^default_catalog\.default_database\./, '').replace(/`/g, '');
}

/** The zone of the clock that the cells of a column are on: that of the session for instants, else none (""). */
export function clockOf(type: string, zone: string): string {
  return type.startsWith('TIMESTAMP_LTZ') ? zone : '';
}

/** The head of a column whose cells are texts of the server. */
export function columnTitle({ name, type }: { name: string; type: string }, zone: string): string {
  const clock = clockOf(type, zone);
  return clock ? `${name} (${clock})` : name;
}
