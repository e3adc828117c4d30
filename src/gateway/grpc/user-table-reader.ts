import { MESSAGE_FIELDS } from '@pairstream/client/wire';
import type { BoundedReader } from './bounded-reader.js';
import { appendTo } from './field-reading.js';
import { IdentityColumns } from './identity-columns.js';
import { WireColumn } from './wire-column.js';

const { UserTable } = MESSAGE_FIELDS;

/** The columns of the user table. */
export class UserTableReader {
  readonly ids: IdentityColumns;
  readonly followerCount: WireColumn<Float64Array>;
  readonly followingCount: WireColumn<Float64Array>;
  readonly isVerified: WireColumn<Uint8Array>;
  readonly accountCreatedAtS: WireColumn<Float64Array>;

  /** @param maxUsers maximum number of entries of a column */
  constructor(maxUsers: number) {
    this.ids = new IdentityColumns('users', maxUsers);
    this.followerCount = WireColumn.int64('users.follower_count', maxUsers);
    this.followingCount = WireColumn.int64('users.following_count', maxUsers);
    this.isVerified = WireColumn.bool('users.is_verified', maxUsers);
    this.accountCreatedAtS = WireColumn.int64('users.account_created_at_s', maxUsers);
  }

  /** Decodes one field of the table. @throws the errors of the columns */
  readField(reader: BoundedReader, field: number, wireType: number): void {
    switch (field) {
      case UserTable.id:
        return this.ids.appendBytes(reader, wireType);
      case UserTable.follower_count:
        return appendTo(this.followerCount, reader, wireType);
      case UserTable.following_count:
        return appendTo(this.followingCount, reader, wireType);
      case UserTable.is_verified:
        return appendTo(this.isVerified, reader, wireType);
      case UserTable.account_created_at_s:
        return appendTo(this.accountCreatedAtS, reader, wireType);
      case UserTable.id_text:
        return this.ids.appendText(reader, wireType);
      case UserTable.id_number:
        return this.ids.appendNumbers(reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }
}
