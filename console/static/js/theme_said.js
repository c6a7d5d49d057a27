// All verbatims of a theme, page by page, of a part where one is chosen.
import { dropped, latest } from "./api.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { count, plural } from "./format.js";
import { tell } from "./toast.js";
import { verbatimCard } from "./verbatim.js";

const STEP = 20;
const ask = latest();

// The parts that there are, each with its verbatims
export function offer(select, parts, chosen) {
  const options = parts.filter(({ part }) => part !== null)
    .map(({ part, verbatims }) => new Option(`${part} (${count(verbatims)})`, part));
  select.replaceChildren(select.options[0], ...options);
  if (chosen && !options.some((option) => option.value === chosen)) select.append(new Option(`${chosen} (0)`, chosen));
  select.value = chosen;
}

export async function showSaid(id, filters, wanted, onShown) {
  const host = byId("verbatims"), more = byId("more");
  const path = `/api/v1/themes/${encodeURIComponent(id)}/verbatims`;
  busy(host);
  try {
    const page = await ask(path, { ...filters, limit: Math.min(Math.max(wanted, STEP), 1000) });
    let shown = page.verbatims.length, next = page.next;
    fill(host, shown ? page.verbatims.map(card) : empty("No verbatim of this theme is like that."));
    tellHowMany(shown, page.more);
    more.hidden = !page.more;
    more.onclick = () => further().catch((error) => dropped(error) || tell(error.message, { fault: true }));
    const further = async () => {
      const { verbatims, ...rest } = await ask(path, { ...filters, limit: STEP, after: next });
      const cards = verbatims.map(card);
      host.append(...cards);
      next = rest.next;
      shown += verbatims.length;
      more.hidden = !rest.more;
      tellHowMany(shown, rest.more);
      cards[0]?.focus();
      onShown(shown);
    };
  } catch (error) {
    if (dropped(error)) return;
    more.hidden = true;
    fill(host, faultNote(error, () => showSaid(id, filters, wanted, onShown)));
  }
  busy(host, false);
}

function tellHowMany(shown, more) {
  byId("said-count").textContent = more ? `The newest ${count(shown)}, and there are more` : `All ${plural(shown, "verbatim")}, the newest first`;
}

function card(said) {
  const one = verbatimCard(said, said.similarity === null ? null
    : el("span", { class: "dim", title: "cosine with the theme's middle" }, `similarity ${said.similarity.toFixed(2)}`));
  one.tabIndex = -1;
  return one;
}
