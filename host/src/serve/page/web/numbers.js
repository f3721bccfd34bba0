
// Numbers and times as people read them.

const COUNT = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

function count(number) {
  return COUNT.format(number);
}

// Shows a number with about three digits.
function short(number) {
  if (number >= 1e6) {
    return `${(number / 1e6).toPrecision(3)} M`;
  }
  if (number >= 1e4) {
    return `${(number / 1e3).toPrecision(3)} k`;
  }
  return number >= 100 || Number.isInteger(number) ? count(Math.round(number)) : number.toFixed(1);
}

function milliseconds(time) {
  if (time === null || time === undefined) {
    return "–";
  }
  if (time >= 1000) {
    return `${(time / 1000).toFixed(time >= 10000 ? 1 : 2)} s`;
  }
  if (time >= 100) {
    return `${Math.round(time)} ms`;
  }
  return `${time.toFixed(time >= 10 ? 1 : 2)} ms`;
}

function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

// Shows how long something has lasted.
function duration(time) {
  const seconds = Math.max(0, Math.floor(time / 1000));
  const units = [["d", Math.floor(seconds / 86400)], ["h", Math.floor(seconds / 3600) % 24], ["min", Math.floor(seconds / 60) % 60], ["s", seconds % 60]];
  const first = Math.max(0, units.findIndex(([, value]) => value > 0));
  return seconds === 0 ? "0 s" : units.slice(first, first + 2).map(([unit, value]) => `${value} ${unit}`).join(" ");
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function clock(time) {
  return h("time", { datetime: new Date(time).toISOString() }, CLOCK.format(time));
}
