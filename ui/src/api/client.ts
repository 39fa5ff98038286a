// Calls of the JSON API. The app may be served below a path; all addresses are relative to the page.

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly hint = '',
    readonly line = 0,
    readonly column = 0,
  ) {
    super(message);
  }
}

export function url(parts: (string | number)[], query: Record<string, string | number | boolean | undefined> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `api/${parts.map((part) => encodeURIComponent(part)).join('/')}${search ? `?${search}` : ''}`;
}

/** The server's error, or words for an answer that carries none. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  try {
    const body = JSON.parse(text);
    const error = body.error ?? body;
    if (typeof error.message === 'string') {
      return new ApiError(error.message, response.status, error.hint ?? '', error.line ?? 0, error.column ?? 0);
    }
    if (Array.isArray(body.errors)) return new ApiError(gatewayMessage(body.errors), response.status);
  } catch {
    // Not JSON: the text itself will do.
  }
  return new ApiError(text.trim().slice(0, 500) || `The server answered ${response.status}.`, response.status);
}

/** Flink's gateway answers ["Internal server error.", "<stack trace>"]; the innermost cause's first line says what is wrong. */
export function gatewayMessage(errors: string[]): string {
  const trace = errors.find((text) => text.includes('\n') || text.includes('Exception')) ?? errors[errors.length - 1] ?? '';
  const causes = trace.split(/Caused by: /);
  const last = causes[causes.length - 1].split(/\n\s+at |\nEnd of exception/)[0].trim();
  return last.replace(/^<Exception on server side:\s*/, '').replace(/^[\w.$]+(?:Exception|Error): /, '');
}

async function send(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (failure) {
    if (init.signal?.aborted) throw failure;
    throw new ApiError('The server does not answer.', 0, 'Is Millrace still running? This page tries again by itself.');
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

export async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  return (await send(address, { signal })).json() as Promise<T>;
}

export async function getText(address: string, signal?: AbortSignal): Promise<string> {
  return (await send(address, { signal })).text();
}

export async function call<T>(method: 'POST' | 'PUT' | 'DELETE', address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(address, {
    method,
    signal,
    headers: body === undefined ? undefined : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}
