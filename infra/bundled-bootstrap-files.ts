import bootstrap from './nat-instance/bootstrap.sh';
import configure from './nat-instance/configure.sh';
import giveUp from './nat-instance/give-up.sh';
import health from './nat-instance/health.sh';
import names from './nat-instance/names.sh';
import ruleset from './nat-instance/nat.nft';
import settings from './nat-instance/nat-settings.conf';
import healthService from './nat-instance/phoenat-health@.service';
import healthSocket from './nat-instance/phoenat-health.socket';
import namesService from './nat-instance/phoenat-names.service';
import natService from './nat-instance/phoenat-nat.service';
import say from './nat-instance/say.sh';
import squid from './nat-instance/squid.conf';
import type { BootstrapFiles } from './user-data.ts';

/** The files as esbuild's text loader puts them into a function's bundle. Only a handler may import this. */
export const bundledBootstrapFiles: BootstrapFiles = {
  'nat-settings.conf': settings,
  'nat.nft': ruleset,
  'say.sh': say,
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
