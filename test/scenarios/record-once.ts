import { type Day, type Listener, play } from '../../demo/record-scenario.ts';
import type { Story } from '../../demo/scenario-result.ts';
import type { Scenario } from '../../demo/scenarios.ts';

type Played = { readonly story: Story; readonly told: readonly ((listener: Listener) => void)[] };

const stories = new Map<string, Promise<Played>>();

/** As `play` does, which is most of the work of these tests: a story that was played is only told again. */
export async function playOnce(scenario: Scenario, day: Day, listener?: Listener): Promise<Story> {
  const key = JSON.stringify([scenario.name, day.seed, day.image ?? 'al2023']);
  const played = stories.get(key) ?? listenAndPlay(scenario, day);
  stories.set(key, played);
  const { story, told } = await played;
  if (listener !== undefined) for (const tell of told) tell(listener);
  return story;
}

async function listenAndPlay(scenario: Scenario, day: Day): Promise<Played> {
  const told: ((listener: Listener) => void)[] = [];
  const story = await play(scenario, day, {
    onScene: (scene) => told.push((listener) => listener.onScene(scene)),
    onMoments: (moments) => told.push((listener) => listener.onMoments(moments)),
  });
  return { story, told };
}
