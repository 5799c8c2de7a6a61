/** The present, once a second: the one place where the console reads the clock. */

let now = $state.raw(new Date());

setInterval(() => {
  now = new Date();
}, 1000);

export const present = {
  get now(): Date {
    return now;
  },
};
