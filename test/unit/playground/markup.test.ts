import { describe, expect, it } from 'vitest';
import { element, joined } from '../../../demo/playground/view/markup.ts';

describe('markup', () => {
  it('escapes what it did not make', () => {
    const made = element('p', { title: '"<&>"' }, '<b>', element('i', {}, '&'));

    expect(made.markup).toBe('<p title="&quot;&lt;&amp;&gt;&quot;">&lt;b&gt;<i>&amp;</i></p>');
  });

  it('leaves out what is false or not there', () => {
    const made = element('button', { disabled: true, hidden: false, id: undefined, tabindex: 0 });

    expect(made.markup).toBe('<button disabled tabindex="0"></button>');
  });

  it('joins', () => {
    expect(joined(['<', element('br', {})]).markup).toBe('&lt;<br></br>');
  });
});
