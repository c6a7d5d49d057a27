import { post } from "./api.js";
import { byId } from "./dom.js";

const form = byId("sign-in");

// Only to pages of ours: an address of another host, or one that begins with //, is not followed.
function next() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/";
  const address = new URL(wanted, location.origin);
  return address.origin === location.origin ? address.pathname + address.search : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("sign-in-fault").textContent = "";
  try {
    await post("/api/v1/sign-in", { token: form.elements.token.value });
    location.assign(next());
  } catch (error) {
    byId("sign-in-fault").textContent = error.message;
    form.elements.token.select();
  }
});
byId("token").focus();
