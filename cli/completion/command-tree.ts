import type { Command, Option } from 'commander';
import { zoneLetters } from '../../shared/config/zone-letters.ts';

/** What may stand at one place of the command line: after `path`, which is empty after `phoenat` itself. */
export type Place = {
  readonly path: string;
  readonly words: readonly Word[];
  readonly options: readonly CompletedOption[];
};

export type Word = { readonly word: string; readonly description: string };

export type CompletedOption = {
  /** `--yes` and, where there is one, `-y`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty where they are not known. */
  readonly values: readonly string[];
};

/** Every place of the command line, from commander's own structure; the program's options may stand anywhere. */
export function placesOf(program: Command): Place[] {
  const everywhere = program.options.map(optionOf);
  const walk = (command: Command, path: readonly string[]): Place[] => [
    {
      path: path.join(' '),
      words: [...command.commands.map(wordOf), ...argumentWords(command, program)],
      options: [...(command === program ? [] : command.options.map(optionOf)), ...everywhere, helpOption],
    },
    ...command.commands.flatMap((child) => walk(child, [...path, child.name()])),
  ];
  return walk(program, []);
}

/** Each option that takes a value, wherever it stands. */
export function valueOptions(places: readonly Place[]): CompletedOption[] {
  const byFlag = new Map(
    places.flatMap(({ options }) =>
      options.filter(({ takesValue }) => takesValue).map((option) => [option.flags.join(), option] as const),
    ),
  );
  return [...byFlag.values()];
}

const helpOption: CompletedOption = {
  flags: ['--help', '-h'],
  description: 'show what the command does, and its options',
  takesValue: false,
  values: [],
};

function wordOf(command: Command): Word {
  return { word: command.name(), description: command.description() };
}

/** Of `help`, the commands; of others, what their arguments may be. */
function argumentWords(command: Command, program: Command): Word[] {
  if (command.name() === 'help') {
    return program.commands.filter((each) => each !== command).map(wordOf);
  }
  return command.registeredArguments
    .flatMap(({ argChoices }) => argChoices ?? [])
    .map((word) => ({ word, description: '' }));
}

function optionOf(option: Option): CompletedOption {
  const { long, short, description, required, optional, argChoices } = option;
  return {
    flags: [long, short].flatMap((flag) => flag ?? []),
    description,
    takesValue: required || optional,
    // The zones that the template has.
    values: long === '--zone' ? zoneLetters : (argChoices ?? []),
  };
}
