import { pathToFileURL } from 'node:url';
import { defaults } from '../launch.ts';

// The user data as another version of the project would send it: render.ts ROOT. In base64, for its files decide.

const [root = ''] = process.argv.slice(2);
const load = (file: string) => import(`${pathToFileURL(root)}/${file}`);

const { prepare }: typeof import('../../../shared/loop/prepare.ts') = await load('shared/loop/prepare.ts');
const { readBootstrapFiles }: typeof import('../../../infra/read-bootstrap-files.ts') = await load(
  'infra/read-bootstrap-files.ts',
);
const { userData } = prepare(defaults, readBootstrapFiles());
process.stdout.write(userData({}));
