import type { Queryable, Statement } from '#ports/database.ts'
import type { SealedColumn } from './sealed-columns.ts'

/** One row of a sealed column. */
export type SealedRow = {
  readonly row_key: string[]
  /** Its place's row. */
  readonly row: string
  readonly subject: string | null
  /** Null: nothing is sealed here, or it is another owner's. -1: what is here is of no known format. Of a JWE always null. */
  readonly version: number | null
  /** A JWE always; else only what another version than the wanted one sealed. */
  readonly value: Buffer | string | null
}

export type Resealed = {
  readonly key: readonly string[]
  readonly old: Buffer | string
  readonly fresh: Buffer | string
}

export const firstKey = ({ key }: SealedColumn): string[] => key.map(({ least }) => least)

/** Rows of one page: what they hold has to fit into memory. */
export const pageRowsOf = ({ pageRows = 500 }: SealedColumn): number => pageRows

/**
 * The next rows behind `after`, in the order of their key. At most `limit` are read, whether anything is sealed in them
 * or not, so that no statement takes long.
 */
export async function selectSealedPage(
  db: Queryable,
  column: SealedColumn,
  input: {
    tenantId: string | null
    version: number | null
    after: readonly string[]
    limit: number
  },
): Promise<SealedRow[]> {
  const { tenantId, version, after, limit } = input
  const values = [tenantId, version, limit, ...after]
  return await db.many<SealedRow>({ ...pageStatement(column, tenantId === null), values })
}

/**
 * Puts fresh values where the old ones still are. A row somebody else holds is left out rather than waited for: nobody
 * ever waits for more than one of these locks, and no lock is waited for while holding another.
 *
 * @returns how many were replaced.
 */
export async function replaceSealed(
  db: Queryable,
  column: SealedColumn,
  tenantId: string | null,
  rows: readonly Resealed[],
): Promise<number> {
  const keys = column.key.map((_, n) => rows.map(({ key }) => key[n]))
  const values = [tenantId, ...keys, rows.map(({ old }) => old), rows.map(({ fresh }) => fresh)]
  return await db.run({ ...replaceStatement(column, tenantId === null), values })
}

/** Names are constants of the list: nothing of a caller's becomes text. */
function pageStatement(column: SealedColumn, isInbox: boolean): Omit<Statement, 'values'> {
  const { table, column: name, key, format, tenants, place, subject } = column
  const keys = key.map((part) => part.name).join(', ')
  const after = key.map((part, n) => `$${n + 4}::${part.type}`).join(', ')
  const isByTenant = tenants === 'lead' || (tenants === 'indexed' && !isInbox)
  const own = isByTenant ? name : `case when ${ownedBy(isInbox)} then ${name} end`
  const version =
    format === 'jwe'
      ? 'null::integer'
      : `case when head is null then null when length(head) < 3 or get_byte(head, 0) <> 1 then -1
          else get_byte(head, 1) * 256 + get_byte(head, 2) end`
  const wanted =
    format === 'jwe'
      ? 'value'
      : 'case when $2::integer is not null and version is distinct from $2::integer then value end'
  const text = `
    select row_key, row, subject, version, ${wanted} as value
    from (select ${keys}, row_key, row, subject, value, ${version} as version
      from (select ${keys}, array[${key.map((part) => `${part.name}::text`).join(', ')}] as row_key,
          substring(${own} from 1 for 3) as head, ${place.row} as row, ${subject === undefined ? 'null' : `${subject}::text`} as subject, ${own} as value
        from ${table}
        where (${keys}) > (${after}) ${isByTenant ? 'and tenant_id = $1::text' : ''}
        order by ${keys} limit $3) as page) as read
    -- Not every column needs both, and a parameter nobody names has no type.
    where num_nulls($1::text, $2::integer) >= 0
    order by ${keys}`
  return { text, name: `sealed_page_${table}_${name}_${isInbox}` }
}

function replaceStatement(column: SealedColumn, isInbox: boolean): Omit<Statement, 'values'> {
  const { table, column: name, key, format } = column
  const type = format === 'jwe' ? 'text' : 'bytea'
  const lists = [...key.map((part) => part.type), type, type]
  const names = [...key.map((part) => part.name), 'old', 'fresh']
  const same = (alias: string): string =>
    key.map((part) => `t.${part.name} = ${alias}.${part.name}`).join(' and ')
  const owned = ownedBy(isInbox).replace('tenant_id', 't.tenant_id')
  const text = `
    with due as materialized (
      select * from unnest(${lists.map((each, n) => `$${n + 2}::${each}[]`).join(', ')}) as due (${names.join(', ')})
    ), free as materialized (
      select due.* from due join ${table} t on ${same('due')} and ${owned} and t.${name} = due.old
      for no key update of t skip locked
    )
    update ${table} t set ${name} = free.fresh from free where ${same('free')} and ${owned}`
  return { text, name: `sealed_replace_${table}_${name}_${isInbox}` }
}

const ownedBy = (isInbox: boolean): string =>
  isInbox ? '$1::text is null and tenant_id is null' : 'tenant_id = $1::text'
