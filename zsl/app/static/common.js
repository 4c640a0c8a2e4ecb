// Asking the server, building elements, showing answers: what all parts need.

const client = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

export const byId = (id) => document.getElementById(id);

export async function ask(path, body, signal) {
  const raw = body instanceof ArrayBuffer;
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": raw ? "application/octet-stream" : "application/json", "X-Client": client },
    body: raw ? body : JSON.stringify(body),
  };
  let reply;
  try {
    reply = await fetch(path, { ...options, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server doesn't answer. Is zsl app still running?");
  }
  const found = await reply.json().catch(() => ({ error: "The server's answer can't be read." }));
  if (!reply.ok) throw new Error(found.error);
  return found;
}

// Ask again when something has changed, a moment later, and forget the question before.
export function asker(work, show, delay = 120) {
  let timer, control;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      control?.abort();
      control = new AbortController();
      try {
        await work(control.signal);
        show("");
      } catch (error) {
        if (error.name !== "AbortError") show(error.message);
      }
    }, delay);
  };
}

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function say(id, words) {
  const place = byId(id);
  place.textContent = words;
  place.hidden = !words;
}

export const percent = (share) => (share > 0.995 && share < 1 ? "> 99 %" : share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);

export function showBars(place, classes) {
  const best = Math.max(...classes.map((each) => each.p));
  place.replaceChildren(...classes.map((each) => {
    const fill = element("i");
    fill.style.width = `${Math.max(1, 100 * each.p)}%`;
    const row = element("div", { className: each.p === best ? "bar best" : "bar" });
    row.append(element("span", {}, each.name), element("b", {}, percent(each.p)), element("div", {}, fill));
    return row;
  }));
}

export const bestOf = (classes) => classes.reduce((one, other) => (other.p > one.p ? other : one));
