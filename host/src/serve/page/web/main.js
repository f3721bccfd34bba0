
// Reads the status once a second, while the page is visible and not paused.

const INTERVAL = 1000;
const TIMEOUT = 5000;
const FORMAT = 1;

const state = { status: null, isPaused: false, lastAnswer: null, timer: null, isReading: false };

async function read() {
  clearTimeout(state.timer);
  if (state.isPaused || document.hidden || state.isReading) {
    return;
  }
  state.isReading = true;
  try {
    const response = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) {
      throw new Error(`the server responded with ${response.status}`);
    }
    accept(await response.json());
  } catch {
    showState("lost");
  }
  state.isReading = false;
  clearTimeout(state.timer);
  state.timer = setTimeout(read, INTERVAL);
}

function accept(status) {
  // Another version of the server has another page.
  if (status.format !== FORMAT || (state.status !== null && state.status.version !== status.version)) {
    location.reload();
    return;
  }
  if (state.status !== null && state.status.started !== status.started) {
    opened.clear();
  }
  state.status = status;
  state.lastAnswer = Date.now();
  showState(state.isPaused ? "paused" : "live");
  show(document.getElementById("runs"), `${status.version}, up ${duration(status.now - status.started)}`);
  showNow(status);
  showChains(status);
  showRequests(status);
  showMembers(status);
  showOrigins(status);
  showEvents(status);
  showServed(status);
}

// It is read aloud when it changes, so it only has what changes rarely.
function showState(kind) {
  const element = document.getElementById("state");
  const since = state.lastAnswer === null ? "" : ` since ${CLOCK.format(state.lastAnswer)}`;
  const texts = { live: "Live", paused: "Paused", lost: `No response from the server${since}; trying again` };
  element.className = `state ${kind}`;
  show(element, texts[kind]);
  document.body.classList.toggle("stale", kind === "lost");
}

document.getElementById("pause").onclick = (event) => {
  state.isPaused = !state.isPaused;
  event.currentTarget.setAttribute("aria-pressed", String(state.isPaused));
  if (state.isPaused) {
    clearTimeout(state.timer);
    showState("paused");
  } else {
    read();
  }
};

for (const input of document.querySelectorAll("input[name=list]")) {
  input.onchange = () => {
    listName = input.value;
    if (state.status !== null) {
      showRequests(state.status);
    }
  };
  // A browser may remember the choice when it loads the page again.
  if (input.checked) {
    listName = input.value;
  }
}

document.addEventListener("visibilitychange", read);
read();
