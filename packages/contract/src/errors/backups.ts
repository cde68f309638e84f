import type { Catalogue } from './catalogue-type.ts'

/** Why a backup is not written, or a file not restored. Nothing was changed by any of them. */
export const backupErrors = {
  'backups/not-a-backup': {
    status: 422,
    title: 'This file is no backup of Parley',
    hint: 'Name a file that `parley backup` wrote.',
  },
  'backups/unknown-format': {
    status: 422,
    title: 'This backup has a format this version does not know',
    hint: 'Restore it with the version of Parley that wrote it, or a newer one.',
  },
  'backups/incomplete': {
    status: 422,
    title: 'This backup is not whole: its end is missing',
    hint: 'Copy the file again, and compare its size with the original.',
  },
  'backups/damaged': {
    status: 422,
    title: 'This backup was changed or damaged after it was written',
    hint: 'Take another copy of it, or an older backup.',
  },
  'backups/wrong-key': {
    status: 409,
    title: 'This backup needs a master key that is not here',
    hint: 'Put the master keys of its time into the settings, behind newer ones if you rotate.',
  },
  'backups/other-version': {
    status: 409,
    title: 'This backup and this version of Parley do not belong together',
    hint: 'Restore with the version that wrote the backup, or a newer one.',
  },
  'backups/nothing-there': {
    status: 409,
    title: 'There is no Parley in this database',
    hint: 'Check DATABASE_URL, or PARLEY_DATA_DIR for the embedded PostgreSQL.',
  },
  'backups/database-in-use': {
    status: 409,
    title: 'Another Parley uses this database',
    hint: 'Stop every process of it, wait five seconds, and restore again.',
  },
  'backups/database-not-empty': {
    status: 409,
    title: 'This database is not empty',
    hint: 'Restore into an empty database, or replace what is there with `--replace <name of the database>`.',
  },
  'backups/file-exists': {
    status: 409,
    title: 'There is a file of this name already',
    hint: 'Name another one: a backup is never written over.',
  },
  'backups/file-unusable': {
    status: 422,
    title: 'This file cannot be read or written',
    hint: 'Check the path, the rights on it and the space that is left.',
  },
} as const satisfies Catalogue
