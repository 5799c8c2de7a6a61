/** Questions that need a yes: one dialog for the whole console. */

export interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
  tone: "plain" | "danger";
}

let question = $state.raw<Question | null>(null);
let settle: ((answer: boolean) => void) | null = null;

export const confirmation = {
  get question(): Question | null {
    return question;
  },
};

/** Shows the question and waits for the answer. A newer question answers an older one with no. */
export function confirm(asked: Question): Promise<boolean> {
  settle?.(false);
  question = asked;
  return new Promise((resolve) => {
    settle = resolve;
  });
}

export function answer(yes: boolean): void {
  question = null;
  settle?.(yes);
  settle = null;
}

/** The question before unsaved changes are lost. */
export function confirmLeaving(): Promise<boolean> {
  return confirm({
    title: "Leave without saving?",
    text: "The changes on this page have not been saved.",
    yes: "Leave",
    no: "Stay",
    tone: "danger",
  });
}
