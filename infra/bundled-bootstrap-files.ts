import { bundledExtras } from './bundled-extras.ts';
import bootstrap from './nat-instance/bootstrap.sh';
import configure from './nat-instance/configure.sh';
import giveUp from './nat-instance/give-up.sh';
import health from './nat-instance/health.sh';
import look from './nat-instance/look.sh';
import names from './nat-instance/names.sh';
import ruleset from './nat-instance/nat.nft';
import batch from './nat-instance/nat-batch.txt';
import settings from './nat-instance/nat-settings.conf';
import healthService from './nat-instance/phoenat-health@.service';
import healthSocket from './nat-instance/phoenat-health.socket';
import namesService from './nat-instance/phoenat-names.service';
import natService from './nat-instance/phoenat-nat.service';
import rules from './nat-instance/rules.py';
import say from './nat-instance/say.sh';
import squid from './nat-instance/squid.conf';
import standIn from './nat-instance/stand-in.sh';
import type { BootstrapFiles } from './user-data.ts';

/** The files as esbuild's text loader puts them into a function's bundle. Only a handler may import this. */
export const bundledBootstrapFiles: BootstrapFiles = {
  ...bundledExtras,
  'nat-settings.conf': settings,
  'nat.nft': ruleset,
  'nat-batch.txt': batch,
  'rules.py': rules,
  'say.sh': say,
  'look.sh': look,
  'stand-in.sh': standIn,
  'configure.sh': configure,
  'bootstrap.sh': bootstrap,
  'give-up.sh': giveUp,
  'health.sh': health,
  'names.sh': names,
  'squid.conf': squid,
  'phoenat-nat.service': natService,
  'phoenat-health.socket': healthSocket,
  'phoenat-health@.service': healthService,
  'phoenat-names.service': namesService,
};
