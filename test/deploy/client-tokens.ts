import { type Answer, refusal } from './ec2-answer.ts';

/**
 * moto takes no notice of client tokens: two runs at once would launch two instances. A call with a token that was used
 * before is answered as the first one was (EC2 API Reference, "Ensuring idempotency"), also while that is under way.
 */
export class ClientTokens {
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: Promise<Answer> }>();

  async answer(params: URLSearchParams, ask: () => Promise<Answer>): Promise<Answer> {
    const token = params.get('ClientToken');
    if (token === null) return await ask();
    const key = `${params.get('Action')} ${token}`;
    const asked = params.toString();
    const before = this.#answers.get(key);
    if (before !== undefined) {
      return before.asked === asked
        ? await before.answer
        : refusal('IdempotentParameterMismatch', `The token ${token} was used with other parameters.`);
    }
    const answer = ask();
    this.#answers.set(key, { asked, answer });
    // A call that was refused has not used its token.
    if ((await answer).status !== 200) this.#answers.delete(key);
    return await answer;
  }
}
