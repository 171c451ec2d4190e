import connections from './nat-instance/connections.py';
import extras from './nat-instance/extras.sh';
import guard from './nat-instance/guard.sh';
import handOver from './nat-instance/hand-over.sh';
import held from './nat-instance/held.py';
import neighbour from './nat-instance/neighbour.py';
import paging from './nat-instance/paging.py';
import guardService from './nat-instance/phoenat-guard.service';
import guardSocket from './nat-instance/phoenat-guard.socket';
import handOverService from './nat-instance/phoenat-hand-over.service';
import neighbourService from './nat-instance/phoenat-neighbour.service';

import pagingService from './nat-instance/phoenat-paging.service';
import watchService from './nat-instance/phoenat-watch.service';
import watch from './nat-instance/watch.py';
import type { ExtraFiles } from './user-data.ts';

/** As in bundled-bootstrap-files.ts, for the probe, which needs no others. */
export const bundledExtras: ExtraFiles = {
  'guard.sh': guard,
  'phoenat-guard.socket': guardSocket,
  'phoenat-guard.service': guardService,
  'hand-over.sh': handOver,
  'phoenat-hand-over.service': handOverService,
  'connections.py': connections,
  'watch.py': watch,
  'neighbour.py': neighbour,
  'phoenat-neighbour.service': neighbourService,
  'held.py': held,
  'paging.py': paging,
  'phoenat-paging.service': pagingService,
  'phoenat-watch.service': watchService,
  'extras.sh': extras,
};
