// The JSON API. What goes wrong is an ApiError that says what and what is allowed.

export class ApiError extends Error {
  constructor(status, fault) {
    super(fault.allowed ? `${fault.error}; allowed: ${fault.allowed}` : fault.error);
    this.status = status;
  }
}

export function query(params) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) found.set(name, value);
  }
  const text = found.toString();
  return text ? `?${text}` : "";
}

export const get = (path, params = {}, { signal } = {}) => ask(path + query(params), { signal });

export const post = (path, body = {}) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

// Runs the newest of several questions alone: the answer to an older one is dropped. `latest()(path, params)`
export function latest() {
  let controller = new AbortController();
  return async (path, params = {}) => {
    controller.abort();
    controller = new AbortController();
    return get(path, params, { signal: controller.signal });
  };
}

export const dropped = (error) => error.name === "AbortError";

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "application/json" }, ...options });
  } catch (error) {
    if (dropped(error)) throw error;
    throw new ApiError(0, { error: "gapwatch does not answer; it may be restarting" });
  }
  if (answer.status === 401 && document.body.dataset.page !== "sign_in") {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const body = await answer.json().catch(() => ({ error: `gapwatch answered ${answer.status} without saying why` }));
  if (!answer.ok) throw new ApiError(answer.status, body);
  return body;
}
