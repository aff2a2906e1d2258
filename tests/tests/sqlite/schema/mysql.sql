CREATE TABLE `fees` (
    `id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `amount` DECIMAL(8, 2) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin;

CREATE TABLE `everything` (
    `id` VARCHAR(50) NOT NULL PRIMARY KEY,
    `flag` BOOLEAN NOT NULL,
    `small` SMALLINT NOT NULL,
    `medium` INTEGER,
    `large` BIGINT NOT NULL,
    `unsigned` BIGINT NOT NULL,
    `double` DOUBLE NOT NULL,
    `single` FLOAT NOT NULL,
    `amount` DECIMAL(10, 2) NOT NULL,
    `name` VARCHAR(200) NOT NULL,
    `long` LONGTEXT NOT NULL,
    `text` LONGTEXT NOT NULL,
    `data` LONGBLOB NOT NULL,
    `digest` VARBINARY(16),
    `day` DATE NOT NULL,
    `time` TIME(6) NOT NULL,
    `at` DATETIME(6) NOT NULL,
    `token` CHAR(36),
    `json` JSON NOT NULL,
    INDEX (`amount`),
    UNIQUE (`name`),
    UNIQUE (`digest`),
    INDEX (`at`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin;
