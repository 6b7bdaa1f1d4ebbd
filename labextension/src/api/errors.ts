/** What a failed call says, as a person should read it. */

export interface IErrorDetails {
  name: string;
  field: string | null;
  message: string;
  remedy: string | null;
  requestId: string | null;
  status: number;
}

export class ApiError extends Error implements IErrorDetails {
  readonly field: string | null;
  readonly remedy: string | null;
  readonly requestId: string | null;
  readonly status: number;

  constructor(details: IErrorDetails) {
    super(details.message);
    this.name = details.name;
    this.field = details.field;
    this.remedy = details.remedy;
    this.requestId = details.requestId;
    this.status = details.status;
  }
}

/** The name of an error that never reached the platform. `message` is then the browser's own. */
export const UNREACHABLE = 'unreachable';

/** The error in an answer's body; an answer that is no envelope is told by its status. */
export function errorFrom(status: number, body: unknown, requestId: string | null): ApiError {
  const envelope = (typeof body === 'object' && body !== null ? body : {}) as {
    message?: unknown;
    error?: { name?: unknown; field?: unknown; remedy?: unknown; requestId?: unknown } | null;
  };
  const error = envelope.error ?? {};
  return new ApiError({
    name: textOr(error.name, `http-${status}`) as string,
    field: textOr(error.field, null),
    message: textOr(envelope.message, `HTTP ${status}`) as string,
    remedy: textOr(error.remedy, null),
    requestId: textOr(error.requestId, requestId),
    status
  });
}

/** `problem` as an ApiError; what is not one never reached the platform. */
export function asApiError(problem: unknown): ApiError {
  if (problem instanceof ApiError) {
    return problem;
  }
  return new ApiError({
    name: UNREACHABLE,
    field: null,
    message: problem instanceof Error ? problem.message : String(problem),
    remedy: null,
    requestId: null,
    status: 0
  });
}

function textOr(value: unknown, otherwise: string | null): string | null {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
