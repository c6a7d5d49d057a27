// The state of a page is its address: a link holds all of it, and Back goes back.

// The values of the address where it has them, else the defaults (all strings).
export function readState(defaults) {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, given.get(name) ?? value]));
}

// Write what differs from the defaults; `push` makes a step that Back undoes.
export function writeState(state, defaults, { push = false } = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name] && value !== null && value !== undefined) params.set(name, value);
  }
  const text = params.toString();
  const address = location.pathname + (text ? `?${text}` : "");
  if (address === location.pathname + location.search) return;
  history[push ? "pushState" : "replaceState"](null, "", address);
}

// Fields of a form whose names are those of the state: filled from it, and told of changes (typing a moment later).
export function bindForm(form, state, changed) {
  const show = () => {
    for (const field of form.elements) {
      if (!(field.name in state)) continue;
      if (field.type === "checkbox") field.checked = state[field.name] === "yes";
      else if (field.value !== state[field.name]) keepOption(field, state[field.name]), (field.value = state[field.name]);
    }
  };
  const take = () => {
    for (const field of form.elements) {
      if (field.name in state) state[field.name] = field.type === "checkbox" ? (field.checked ? "yes" : "") : field.value;
    }
    changed();
  };
  let waiting;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(take, event.target.matches("input[type=search], input[type=text]") ? 300 : 0);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); take(); });
  show();
  return show;
}

// A link may name a value that the list does not have (yet).
function keepOption(field, value) {
  if (field.tagName === "SELECT" && value && ![...field.options].some((option) => option.value === value)) {
    field.append(new Option(value, value));
  }
}

// Options of a select: its first (all) stays.
export function setOptions(select, values, chosen, named = (value) => value) {
  const first = select.options[0];
  select.replaceChildren(first, ...values.map((value) => new Option(named(value), value)));
  keepOption(select, chosen);
  select.value = chosen ?? "";
}
