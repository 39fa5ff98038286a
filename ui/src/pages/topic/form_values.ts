import type { FormField, FormSide } from '../../api/types';

/** What stands in a form: text per leaf, null where "null" is chosen, records as objects. */
export type FormValue = string | boolean | null | { [name: string]: FormValue };

const NUMBERS = new Set(['int', 'long', 'float', 'double']);

export function isRecord(field: FormField): boolean {
  return field.type === 'record' && (field.fields?.length ?? 0) > 0;
}

export function isTime(field: FormField): boolean {
  return /^(local-)?timestamp-(millis|micros)$/.test(field.logical_type ?? '');
}

/** What a field starts with: its default, now for times, null where that is allowed. */
export function initial(field: FormField, now: number): FormValue {
  if (isRecord(field)) return Object.fromEntries(field.fields!.map((inner) => [inner.name, initial(inner, now)]));
  if (field.default !== undefined && field.default !== null) return typeof field.default === 'object' ? JSON.stringify(field.default) : String(field.default);
  if (field.nullable) return null;
  if (isTime(field)) return String(field.logical_type!.endsWith('micros') ? now * 1000 : now);
  if (field.type === 'boolean') return 'false';
  if (field.symbols?.length) return field.symbols[0];
  if (field.type === 'array') return '[]';
  if (field.type === 'map') return '{}';
  return NUMBERS.has(field.type) ? '0' : '';
}

/** A schema that is no record has one field, which has no name. */
export function scalarOf(side: FormSide): FormField | undefined {
  return side.fields.length === 1 && side.fields[0].name === '' ? side.fields[0] : undefined;
}

export function initialSide(side: FormSide, now: number): FormValue {
  const scalar = scalarOf(side);
  return scalar ? initial(scalar, now) : Object.fromEntries(side.fields.map((field) => [field.name, initial(field, now)]));
}

export class FormError extends Error {
  constructor(readonly path: string, message: string) {
    super(`${path}: ${message}`);
  }
}

/** The JSON of a field; the first value that does not fit its type is an error that names the field. */
export function toJson(field: FormField, value: FormValue, path = field.name): unknown {
  if (value === null) {
    if (!field.nullable && field.type !== 'null') throw new FormError(path, 'may not be null');
    return null;
  }
  if (isRecord(field)) return Object.fromEntries(field.fields!.map((inner) => [inner.name, toJson(inner, (value as Record<string, FormValue>)[inner.name] ?? null, `${path}.${inner.name}`)]));
  const text = String(value).trim();
  if (field.type === 'boolean') return text === 'true';
  if (NUMBERS.has(field.type)) return numberOf(field, text, path);
  if (field.type === 'array' || field.type === 'map' || field.type === 'union') {
    try {
      return JSON.parse(text);
    } catch {
      throw new FormError(path, 'is not valid JSON');
    }
  }
  return String(value);
}

function numberOf(field: FormField, text: string, path: string): unknown {
  const whole = field.type === 'int' || field.type === 'long';
  const number = Number(text);
  if (text === '' || Number.isNaN(number)) throw new FormError(path, 'is not a number');
  if (whole && !Number.isInteger(number)) throw new FormError(path, 'is not a whole number');
  if (whole && !Number.isSafeInteger(number)) throw new FormError(path, 'has more digits than a page can send');
  if (field.type === 'int' && Math.abs(number) > 2147483648) throw new FormError(path, 'is too large for an int');
  return number;
}

export function sideToJson(side: FormSide, value: FormValue): unknown {
  const scalar = scalarOf(side);
  if (scalar) return toJson(scalar, value, 'value');
  return Object.fromEntries(side.fields.map((field) => [field.name, toJson(field, (value as Record<string, FormValue>)[field.name] ?? null)]));
}
