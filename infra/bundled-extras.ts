import connections from './nat-instance/connections.py';
import extras from './nat-instance/extras.sh';
import watchService from './nat-instance/phoenat-watch.service';
import watch from './nat-instance/watch.py';
import type { ExtraFiles } from './user-data.ts';

/** As in bundled-bootstrap-files.ts, for the probe, which needs no others. */
export const bundledExtras: ExtraFiles = {
  'connections.py': connections,
  'watch.py': watch,
  'phoenat-watch.service': watchService,
  'extras.sh': extras,
};
