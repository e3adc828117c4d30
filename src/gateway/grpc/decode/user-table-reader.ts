import { FIELD_NUMBER } from '@pairstream/client/wire';
import type { BoundedReader } from './columns/bounded-reader.js';
import { appendTo } from './columns/field-reading.js';
import { IdentityColumns } from './columns/identity-columns.js';
import { WireColumn } from './columns/wire-column.js';

const { UserTable } = FIELD_NUMBER;

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
      case UserTable.followerCount:
        return appendTo(this.followerCount, reader, wireType);
      case UserTable.followingCount:
        return appendTo(this.followingCount, reader, wireType);
      case UserTable.isVerified:
        return appendTo(this.isVerified, reader, wireType);
      case UserTable.accountCreatedAtS:
        return appendTo(this.accountCreatedAtS, reader, wireType);
      case UserTable.idText:
        return this.ids.appendText(reader, wireType);
      case UserTable.idNumber:
        return this.ids.appendNumbers(reader, wireType);
      default:
        reader.skipType(wireType);
    }
  }
}
